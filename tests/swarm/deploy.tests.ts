import { mustOperate, on, operate, waitFor } from './lab.ts';
import { FIRST_RELEASE } from './releases.ts';
import { askPrometheus, listAlerts, listTasks, nodesOf } from './swarm-state.ts';
import type { SwarmTest } from './tests.ts';

/* From nothing to a site, and what must be true of it then. */

/** The second worker comes from `--new`, with a stand-in for Vagrant. A repetition changes nothing. */
async function join(): Promise<void> {
	const init = ['deployment/swarm/init.sh', '/srv/shared/secrets', '10.78.0.11'];
	const addNew = 'PATH=$PWD/tests/swarm/stand-ins:$PATH deployment/swarm/add-workers.sh --new 1';
	await mustOperate(init);
	await mustOperate(['deployment/swarm/add-workers.sh', '10.78.0.14']);
	await mustOperate(['bash', '-c', `echo WORKERS=1 >deployment/vagrant/.env && ${addNew}`]);
	const again = await mustOperate(init);
	if (/Created/.test(again)) throw new Error(`A second init.sh does something: ${again}`);
}

async function migratesFirst(): Promise<void> {
	const migrated = (await listTasks('migrate')).find(({ state }) => state === 'complete')?.since;
	if (!migrated) throw new Error('No migration is complete.');
	// Swarm calls a replica running once its health check has succeeded.
	const tasks = [...(await listTasks('web')), ...(await listTasks('api'))];
	const replicas = tasks.filter(({ state }) => state === 'running');
	const early = replicas.filter(({ since }) => since < migrated);
	if (early.length > 0)
		throw new Error(`${early.length} of ${replicas.length} replicas were ready before the migration.`);
}

/** Asks over TLS, with the lab's authority as the only trusted one, and over plain HTTP. */
async function answersBothNames(): Promise<void> {
	for (const [url, expected] of [
		['https://minitwit.test/public', '200 2 '],
		['https://api.minitwit.test/latest', '200 2 '],
		['http://minitwit.test/public', '308 1.1 https://minitwit.test/public']
	] as const) {
		const format = '%{http_code} %{http_version} %{redirect_url}';
		const answer = await mustOperate(['curl', '-sS', '-o', '/dev/null', '-w', format, url]);
		if (answer.trim() !== expected.trim()) throw new Error(`${url} answers '${answer}', not '${expected}'.`);
	}
	await waitFor("the proxy's log has the client's address", 10, async () => {
		const log = await on('m1', 'docker service logs --tail 20 minitwit_proxy 2>&1');
		return log.includes('10.78.0.5') ? true : null;
	});
}

/** The machines share this one's cores, so their speed is not that of servers. */
const PATIENTLY = ['--timeout', '10s', '--limit', '400'];

async function servesTheSimulator(): Promise<string> {
	const output = await mustOperate([
		'node',
		'bin/minitwit.js',
		'simulate',
		'--url',
		'https://api.minitwit.test',
		...PATIENTLY
	]);
	return output.split('\n').findLast((line) => /error/i.test(line)) ?? '';
}

async function isUnprivileged(): Promise<void> {
	for (const service of ['web', 'api']) {
		const container = `$(docker ps --quiet --filter name=minitwit_${service} | head -n 1)`;
		const [node] = await nodesOf(service);
		const script = 'id -u; grep -E "Cap(Eff|Bnd)|NoNewPrivs" /proc/1/status; touch /app/file 2>&1 || true';
		const found = await on(node === 'w1' ? 'w1' : 'w2', `docker exec ${container} sh -c '${script}'`);
		for (const expected of [/^1000$/m, /CapEff:\s0+$/m, /CapBnd:\s0+$/m, /NoNewPrivs:\s1$/m, /Read-only file system/])
			if (!expected.test(found)) throw new Error(`${service}: ${expected} is not in\n${found}`);
	}
}

interface Target {
	labels: { job: string; instance: string };
	health: string;
	lastError: string;
}

/** Replicas of every job; the database host also stands in for the logging host. */
const TARGETS = { web: 2, api: 2, postgres: 1, node: 5, prometheus: 1, alertmanager: 1, filebeat: 3 };

async function prometheusSeesAll(): Promise<void> {
	const targets = async () =>
		(JSON.parse(await askPrometheus('/api/v1/targets?state=active')) as { data: { activeTargets: Target[] } }).data
			.activeTargets;
	const isSeen = ([job, number]: [string, number], all: Target[]) => {
		const own = all.filter(({ labels }) => labels.job === job);
		return own.length === number && own.every(({ health }) => health === 'up');
	};
	try {
		await waitFor('Prometheus sees every target', 90, async () => {
			const all = await targets();
			return Object.entries(TARGETS).every((entry) => isSeen(entry, all)) ? true : null;
		});
	} catch (error) {
		const seen = (await targets()).map(
			({ labels, health, lastError }) => `${labels.job} ${labels.instance} ${health} ${lastError}`
		);
		throw new Error([(error as Error).message, ...seen.sort()].join('\n'), { cause: error });
	}
}

/** Not even one that would fire later. */
async function raisesNoAlert(): Promise<void> {
	let alerts: string[] = [];
	await waitFor('no alert is pending or fires', 120, async () => {
		alerts = await listAlerts();
		return alerts.length === 0 ? true : null;
	}).catch((error: unknown) => {
		throw new Error([(error as Error).message, ...alerts].join('\n'), { cause: error });
	});
}

async function deploysFromNothing(): Promise<void> {
	const { code, output } = await operate(['deployment/swarm/deploy.sh', FIRST_RELEASE]);
	if (code !== 0) throw new Error(output.slice(-3_000));
	if (!output.includes('passed all checks')) throw new Error('deploy.sh did not run the smoke test.');
}

export const deployTests: SwarmTest[] = [
	{ name: 'init.sh and add-workers.sh make a swarm of three', run: join },
	{ name: 'deploy from nothing becomes healthy and passes the smoke test', run: deploysFromNothing },
	{ name: 'the migration has run before a replica is ready', run: migratesFirst },
	{ name: 'both names answer over TLS, and the log has the client address', run: answersBothNames },
	{ name: 'the simulator meets no error through the proxy', run: servesTheSimulator },
	{ name: 'replicas run without privileges on a read-only file system', run: isUnprivileged },
	{ name: 'Prometheus sees every target up', run: prometheusSeesAll },
	{ name: 'no alert fires in a healthy swarm', run: raisesNoAlert }
];
