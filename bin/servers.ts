import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A server that runs as a child process. */
export interface Server {
	name: string;
	/** Resolves once the process is gone, to its last words. */
	ended: Promise<string>;
	/** Asks it to stop, and makes it stop when it has not done so within `STOP_TIMEOUT_MS`. */
	stop(): Promise<void>;
	/** Asks it to serve on for DRAIN_SECONDS and then to stop. */
	leave(): Promise<void>;
	/** Ends it at once, as a machine does that loses its power. */
	kill(): Promise<void>;
}

/**
 * The API's command. Its requests leave much behind that is soon forgotten: V8 would let that grow to
 * 300 MB before it cleans up, and with these settings stays at half of it for a tenth of the rate.
 */
export const API_COMMAND = ['--max-semi-space-size=2', '--heap-growing-percent=10', 'api-server/main.ts'];

/** The web app's command; it needs a build. */
export const WEB_COMMAND = ['web-server/main.ts'];

const END_WITH_LAUNCHER = new URL('end-with-launcher.js', import.meta.url).href;
const STOP_TIMEOUT_MS = 1_500;
const HEALTH_TIMEOUT_MS = 30_000;
const POLL_MS = 40;

/**
 * Starts `node ...args`. What it writes goes to `logFile`, or to the terminal when that is null. It
 * gets a process group of its own: Ctrl-C reaches the launcher alone, which then stops it once.
 */
export function startServer(name: string, args: string[], env: NodeJS.ProcessEnv, logFile: string | null): Server {
	const output = logFile === null ? 'inherit' : openSync(logFile, 'w');
	const child = spawn(process.execPath, ['--import', END_WITH_LAUNCHER, ...args], {
		env,
		detached: true,
		stdio: ['ignore', output, output, 'ipc']
	});
	if (typeof output === 'number') closeSync(output);
	const ended = new Promise<string>((resolve) => {
		child.once('error', (error) => resolve(error.message));
		child.once('exit', (code, signal) =>
			resolve((logFile && lastWords(readFileSync(logFile, 'utf8'))) || `it ended with ${signal ?? `code ${code}`}`)
		);
	});
	return {
		name,
		ended,
		async stop() {
			child.kill('SIGTERM');
			const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
			await ended;
			clearTimeout(timer);
		},
		async leave() {
			child.kill('SIGQUIT');
			await ended;
		},
		async kill() {
			child.kill('SIGKILL');
			await ended;
		}
	};
}

/** Waits for a 200 of `/healthz`. Resolves to null, or to a sentence when there is none to come. */
export async function waitUntilHealthy(server: Server, origin: string, signal?: AbortSignal): Promise<string | null> {
	let lastWords: string | null = null;
	void server.ended.then((words) => (lastWords = words));
	const deadline = Date.now() + HEALTH_TIMEOUT_MS;
	while (Date.now() < deadline && !signal?.aborted) {
		if (lastWords !== null) return `The ${server.name} did not start: ${lastWords}`;
		const response = await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
		if (response?.ok) return null;
		await delay(POLL_MS);
	}
	return `The ${server.name} did not answer ${origin}/healthz within ${HEALTH_TIMEOUT_MS / 1000} s`;
}

/** What a log ends with: the error's message, else the last line. */
function lastWords(log: string): string {
	const lines = log.split('\n').filter((line) => line.trim() !== '');
	const line = lines.findLast((text) => /Error:|^\{.*"(error|fatal)"/.test(text)) ?? lines.at(-1) ?? '';
	try {
		const record = JSON.parse(line) as { message?: string; error?: { message?: string } };
		return record.error?.message ?? record.message ?? line;
	} catch {
		return line.trim();
	}
}
