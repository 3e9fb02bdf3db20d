import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A server that runs as a child process. */
export interface Server {
	name: string;
	/** Resolves to the process's last error when it has exited. */
	ended: Promise<string>;
	/** Sends SIGTERM, and SIGKILL after `STOP_TIMEOUT_MS`. */
	stop(): Promise<void>;
	/** Asks it to keep serving for DRAIN_SECONDS and then stop. */
	leave(): Promise<void>;
	/** Kills it at once, as a power failure would. */
	kill(): Promise<void>;
}

/**
 * The API's command. Its requests create much short-lived garbage: by default V8 lets the heap grow to 300 MB
 * before it collects. With these settings it stays below 200 MiB.
 */
export const API_COMMAND = ['--max-semi-space-size=8', '--heap-growing-percent=10', 'api-server/main.ts'];

/**
 * The web app's command. Requires a build. With V8's defaults its heap grows to 400 MB under load; with these settings
 * it stays below 300 MiB and is as fast.
 */
export const WEB_COMMAND = ['--max-semi-space-size=16', '--heap-growing-percent=50', 'web-server/main.ts'];

const END_WITH_LAUNCHER = new URL('end-with-launcher.js', import.meta.url).href;
const STOP_TIMEOUT_MS = 1_500;
const HEALTH_TIMEOUT_MS = 30_000;
const POLL_MS = 40;

/**
 * Starts `node ...args` with its output in `logFile`, or on the terminal if that is null. It gets its own
 * process group: Ctrl-C reaches only the launcher, which then stops it once.
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
			resolve((logFile && lastError(readFileSync(logFile, 'utf8'))) || `it exited with ${signal ?? `code ${code}`}`)
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

/** Waits until `/healthz` responds with 200. Resolves to null, or to an error message if it never does. */
export async function waitUntilHealthy(server: Server, origin: string, signal?: AbortSignal): Promise<string | null> {
	let failure: string | null = null;
	void server.ended.then((message) => (failure = message));
	const deadline = Date.now() + HEALTH_TIMEOUT_MS;
	while (Date.now() < deadline && !signal?.aborted) {
		if (failure !== null) return `The ${server.name} did not start: ${failure}`;
		const response = await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
		if (response?.ok) return null;
		await delay(POLL_MS);
	}
	return `The ${server.name} did not answer ${origin}/healthz within ${HEALTH_TIMEOUT_MS / 1000} s`;
}

/** The last error message in a log, else its last line. */
function lastError(log: string): string {
	const lines = log.split('\n').filter((line) => line.trim() !== '');
	const line = lines.findLast((text) => /Error:|^\{.*"(error|fatal)"/.test(text)) ?? lines.at(-1) ?? '';
	try {
		const record = JSON.parse(line) as { message?: string; error?: { message?: string } };
		return record.error?.message ?? record.message ?? line;
	} catch {
		return line.trim();
	}
}
