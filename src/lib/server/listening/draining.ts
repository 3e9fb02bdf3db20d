import type { Logger } from '#lib/server/observability/log.ts';

/**
 * Makes SIGQUIT stop the process like SIGTERM, but `seconds` later. Until then it keeps serving, so that a
 * proxy can notice that it is going away. A client that connects while a server closes its port is cut off and
 * cannot know whether its post was accepted; this never happens once the proxy has switched to other servers.
 */
export function drainOnQuit(seconds: number, logger: Logger): void {
	process.once('SIGQUIT', () => {
		logger.info(`The server keeps serving for ${seconds} s, then stops`);
		setTimeout(() => process.kill(process.pid, 'SIGTERM'), seconds * 1000);
	});
}
