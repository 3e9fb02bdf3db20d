import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FOLDER, mustOperate, on, operate, script, waitFor } from './lab.ts';
import { startMachine } from './prepare.ts';
import { askMonitoring, isDown, listAlerts, nodesOf, releaseOf, replicasOf, runningTasks } from './swarm-state.ts';
import type { SwarmTest } from './tests.ts';
import type { LoadReport } from './load.ts';
import { requireNothingLost, requireUnnoticed, summarize, underLoad } from './under-load.ts';

/* Failures under load. They are slow, and what they cost depends on the moment, so only --figures runs them. */

/** Waits until every replica of web and API runs on a node that is there. Resolves to the seconds. */
async function secondsUntilWhole(): Promise<string> {
	const started = performance.now();
	await waitFor('every replica runs', 180, async () => {
		for (const service of ['web', 'api']) if ((await runningTasks(service)) < (await replicasOf(service))) return null;
		return true;
	});
	return ((performance.now() - started) / 1_000).toFixed(1);
}

const describeFailures = (report: LoadReport) =>
	`${summarize(report)}; the first and the last failure are ${report.secondsAway.toFixed(1)} s apart`;

async function scales(): Promise<string> {
	let seconds = '';
	const report = await underLoad(async () => {
		await on('m1', 'docker service scale --detach minitwit_web=4 minitwit_api=4');
		seconds = await secondsUntilWhole();
	});
	// One worker has no room for four of each, and later tests lose the other one.
	await on('m1', 'docker service scale minitwit_web=2 minitwit_api=2');
	requireUnnoticed(report);
	return `whole after ${seconds} s; ${summarize(report)}`;
}

async function drains(): Promise<string> {
	let seconds = 0;
	const report = await underLoad(async () => {
		const result = await operate(['deployment/swarm/drain.sh', 'w1']);
		if (result.code !== 0) throw new Error(result.output.slice(-3_000));
		seconds = result.seconds;
	});
	const left = [...(await nodesOf('web')), ...(await nodesOf('api'))].filter((node) => node === 'w1');
	if (left.length > 0) throw new Error(`${left.length} replicas are still on w1.`);
	await on('m1', 'docker node update --availability active w1');
	await mustOperate(['deployment/swarm/add-workers.sh', '10.78.0.14']);
	requireUnnoticed(report);
	return `${seconds.toFixed(1)} s; ${summarize(report)}`;
}

async function killsAReplica(): Promise<string> {
	let seconds = '';
	const report = await underLoad(async () => {
		const node = (await nodesOf('web'))[0] === 'w1' ? 'w1' : 'w2';
		await on(node, 'docker kill --signal KILL $(docker ps --quiet --filter name=minitwit_web | head -n 1)');
		seconds = await secondsUntilWhole();
	});
	requireNothingLost(report);
	return `whole after ${seconds} s; ${describeFailures(report)}`;
}

/** A frozen replica accepts requests and stays silent. */
async function freezesAReplica(): Promise<string> {
	const report = await underLoad(async () => {
		const node = (await nodesOf('web'))[0] === 'w1' ? 'w1' : 'w2';
		const container = await on(node, 'docker ps --quiet --filter name=minitwit_web | head -n 1');
		await on(node, `docker pause ${container}`);
		try {
			await waitFor('the proxy gives the replica up', 60, async () => {
				const log = await on('m1', 'docker service logs --since 60s minitwit_proxy 2>&1');
				return log.includes('upstream timed out (110') ? true : null;
			});
		} finally {
			await on(node, `docker unpause ${container}`);
		}
	});
	const reads = report.failures.filter((failure) => failure.includes(' GET /'));
	if (reads.length > 0) throw new Error([summarize(report), ...reads.slice(0, 10)].join('\n'));
	requireNothingLost(report);
	return summarize(report);
}

async function restoreWorker(): Promise<void> {
	await startMachine('w1');
	await waitFor('the worker is back', 60, async () => ((await isDown('w1')) ? null : true));
}

async function losesAWorker(): Promise<string> {
	let seconds = '';
	const lose = async () => {
		await script('machine.sh', 'lose', 'w1');
		await waitFor('the swarm notices the loss', 60, async () => ((await isDown('w1')) ? true : null));
		seconds = await secondsUntilWhole();
	};
	const report = await underLoad(lose).finally(restoreWorker);
	requireNothingLost(report);
	return `whole ${seconds} s after the swarm noticed; ${describeFailures(report)}`;
}

async function restartsTheManagersEngine(): Promise<string> {
	const report = await underLoad(async () => {
		await on('m1', 'engine stop && engine start');
		await waitFor('the site answers again', 180, async () => {
			const { code } = await operate(['curl', '-fsS', '-m', '2', '-o', '/dev/null', 'https://minitwit.test/public']);
			return code === 0 ? true : null;
		});
	});
	requireNothingLost(report);
	return describeFailures(report);
}

/** All targets of a lost worker leave the service discovery with it, so none of them is down. */
const LOST_WORKER = ['firing HostMissing'];

/** The usual number of hosts is a median: the tests before this one have to have taken longer than the alert. */
async function alertsOfALostWorker(): Promise<string> {
	await script('machine.sh', 'lose', 'w1');
	const started = performance.now();
	const firing = async () => (await listAlerts()).filter((alert) => alert.startsWith('firing')).sort();
	try {
		await waitFor('an alert fires', 600, async () => ((await firing()).length > 0 ? true : null));
		const seconds = ((performance.now() - started) / 1_000).toFixed(0);
		const found = await firing();
		if (found.join() !== LOST_WORKER.join()) throw new Error(`It is not this alone that fires:\n${found.join('\n')}`);
		await waitFor('Alertmanager has it', 60, async () => {
			const alerts = await askMonitoring('http://alertmanager:9093/api/v2/alerts');
			return alerts.includes('"HostMissing"') ? true : null;
		});
		return `after ${seconds} s`;
	} finally {
		await restoreWorker();
		await waitFor('no alert fires any more', 180, async () => ((await firing()).length === 0 ? true : null));
	}
}

/** Each gets the value that it has, so that whatever uses it goes on. */
async function rotatesEverySecret(): Promise<string> {
	const folder = join(FOLDER, 'shared/secrets');
	const seconds: string[] = [];
	const rotateAll = async () => {
		for (const name of readdirSync(folder).sort()) {
			const value = readFileSync(join(folder, name), 'utf8');
			const result = await operate(['deployment/swarm/rotate-secret.sh', name], value);
			if (result.code !== 0) throw new Error(`${name}: ${result.output.slice(-3_000)}`);
			seconds.push(`${name} ${result.seconds.toFixed(0)} s`);
		}
	};
	// It takes half an hour.
	const report = await underLoad(rotateAll, { ACCOUNTS: '20' });
	await mustOperate(['deployment/swarm/smoke.sh', 'minitwit.test', await releaseOf('web')]);
	requireUnnoticed(report);
	return `${seconds.join(', ')}; ${summarize(report)}`;
}

export const figuresTests: SwarmTest[] = [
	{ name: 'web and API scale to four', run: scales },
	{ name: 'a worker is drained without a failed request', run: drains },
	{ name: 'a replica is killed and no post is lost', run: killsAReplica },
	{ name: 'a replica is frozen and no read fails', run: freezesAReplica },
	{ name: 'a worker is lost and no post is lost', run: losesAWorker },
	{ name: 'a lost worker fires the alert for it and no other', run: alertsOfALostWorker },
	{ name: 'every secret is rotated and no request fails', run: rotatesEverySecret },
	{ name: "the manager's engine restarts and no post is lost", run: restartsTheManagersEngine }
];
