import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FOLDER } from './lab.ts';
import type { LoadReport } from './load.ts';

const REQUESTS_PER_SECOND = 10;

/**
 * Runs a task while load.ts makes requests from the operator's machine, with `env` in its environment. Resolves to the
 * load's report.
 */
export async function underLoad(task: () => Promise<unknown>, env: Record<string, string> = {}): Promise<LoadReport> {
	const password = readFileSync(join(FOLDER, 'shared/secrets/simulator_password'), 'utf8').trim();
	const command = [process.execPath, join(import.meta.dirname, 'load.ts'), String(REQUESTS_PER_SECOND)];
	const child = spawn('nsenter', ['--net=/run/netns/op', ...command], {
		env: { ...process.env, SIMULATOR_PASSWORD: password, ...env },
		stdio: ['ignore', 'pipe', 'inherit']
	});
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	if ((await lines.next()).value !== 'READY') throw new Error('The load could not begin.');
	try {
		await task();
	} finally {
		child.kill('SIGTERM');
	}
	return JSON.parse((await lines.next()).value ?? '') as LoadReport;
}

/**
 * Runs a task; with --figures, under load. Resolves to a sentence about the load. @throws if a request failed, or a post
 * was lost or doubled
 */
export async function unnoticed(task: () => Promise<unknown>, env: Record<string, string> = {}): Promise<string> {
	if (!process.env.FIGURES) {
		await task();
		return '';
	}
	const report = await underLoad(task, env);
	requireUnnoticed(report);
	return summarize(report);
}

/** One sentence about a load. */
export function summarize({ requests, failures, acknowledged, lost, doubled, slowestMs }: LoadReport): string {
	return `${failures.length} of ${requests} requests failed, ${lost} of ${acknowledged} posts lost, ${doubled} doubled, slowest ${slowestMs} ms`;
}

/** @throws if a request failed, or a post was lost or doubled */
export function requireUnnoticed(report: LoadReport): void {
	if (report.failures.length + report.lost + report.doubled === 0) return;
	// Without the time and what follows the status.
	const kinds = Map.groupBy(report.failures, (failure) => failure.replace(/^\S+ (.*? \d+) .*$/, '$1'));
	const counts = [...kinds].map(([kind, { length }]) => `${length} × ${kind}`);
	throw new Error([summarize(report), ...counts, ...report.failures.slice(0, 10)].join('\n'));
}

/** @throws if an acknowledged post was lost, or a post was doubled */
export function requireNothingLost(report: LoadReport): void {
	if (report.lost + report.doubled > 0) throw new Error(summarize(report));
}
