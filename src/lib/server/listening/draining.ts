import type { Logger } from '#lib/server/observability/log.ts';

/**
 * Has SIGQUIT end the process as SIGTERM does, but later: until then it serves on, so that a proxy has the time to learn
 * that it goes. Whoever connects at the very moment at which a server closes its port is cut off, and could not know
 * whether a post was taken; nobody does when the proxy has turned to others before.
 */
export function drainOnQuit(seconds: number, logger: Logger): void {
	process.once('SIGQUIT', () => {
		logger.info(`The server serves on for ${seconds} s, then stops`);
		setTimeout(() => process.kill(process.pid, 'SIGTERM'), seconds * 1000);
	});
}
