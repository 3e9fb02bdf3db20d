import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DebianProgram } from '../../tools/debian-programs.ts';
import { findFreePort } from '../../bin/ports.ts';
import { requireProgram } from './programs.ts';

const START_TIMEOUT_MS = 20_000;
const POLL_MS = 50;

/** A server from a Debian package, on loopback. */
export interface Program {
	/** Such as `http://127.0.0.1:41234`. */
	origin: string;
	/** The Prometheus target, such as `127.0.0.1:41234`. */
	address: string;
	stop(): Promise<void>;
}

/** Starts a server on a free port and waits until `path` responds. Its log is written to `folder`. */
export async function startProgram(
	name: DebianProgram,
	path: string,
	folder: string,
	args: (address: string) => string[],
	env: Record<string, string> = {}
): Promise<Program> {
	const address = `127.0.0.1:${await findFreePort()}`;
	const logFile = join(folder, `${name}.log`);
	const log = openSync(logFile, 'w');
	const child = spawn(requireProgram(name), args(address), {
		cwd: folder,
		env: { PATH: process.env.PATH, ...env },
		stdio: ['ignore', log, log]
	});
	closeSync(log);
	const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	const stop = async () => {
		child.kill('SIGTERM');
		await ended;
	};
	const deadline = Date.now() + START_TIMEOUT_MS;
	while (child.exitCode === null && Date.now() < deadline) {
		const reply = await fetch(`http://${address}${path}`).catch(() => null);
		if (reply?.ok) return { origin: `http://${address}`, address, stop };
		await delay(POLL_MS);
	}
	await stop();
	throw new Error(`${name} did not start:\n${readFileSync(logFile, 'utf8')}`);
}
