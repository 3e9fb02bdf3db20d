import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FOLDER, mustOperate, on, operate, script, waitFor } from './lab.ts';
import { startMachine } from './prepare.ts';
import { CRASHING, FIRST_RELEASE, SECOND_RELEASE } from './releases.ts';
import { isDown, nodesOf, releaseOf, replicasOf } from './swarm-state.ts';
import type { SwarmTest } from './tests.ts';
import { unnoticed } from './under-load.ts';

/* Changes of a running site: releases, scaling, secrets, and a lost worker. */

const deploy = (release: string) => operate(['deployment/swarm/deploy.sh', release]);

async function mustDeploy(release: string): Promise<void> {
	const { code, output } = await deploy(release);
	if (code !== 0) throw new Error(output.slice(-3_000));
}

async function requireRelease(expected: string): Promise<void> {
	for (const service of ['web', 'api']) {
		const release = await releaseOf(service);
		if (release !== expected) throw new Error(`${service} has the release ${release}, not ${expected}.`);
	}
	await mustOperate(['deployment/swarm/smoke.sh', 'minitwit.test', expected]);
}

async function updates(): Promise<string> {
	const figures = await unnoticed(() => mustDeploy(SECOND_RELEASE));
	await requireRelease(SECOND_RELEASE);
	for (const service of ['web', 'api']) {
		const nodes = await nodesOf(service);
		if (new Set(nodes).size < 2) throw new Error(`All replicas of ${service} are on ${nodes[0]}.`);
	}
	return figures;
}

async function rollsBackAfterScaling(): Promise<string> {
	await on('m1', 'docker service scale minitwit_web=3 minitwit_api=3');
	const figures = await unnoticed(() => mustOperate(['deployment/swarm/rollback.sh']));
	await requireRelease(FIRST_RELEASE);
	if ((await replicasOf('web')) !== 3) throw new Error('The rollback also undid the scaling.');
	return figures;
}

async function refusesACrashingRelease(): Promise<string> {
	const before = await releaseOf('web');
	let output = '';
	const figures = await unnoticed(async () => {
		const result = await deploy(CRASHING);
		output = result.output;
		if (result.code === 0) throw new Error('deploy.sh accepted it.');
	});
	if (!output.includes('failed and was rolled back')) throw new Error(output.slice(-3_000));
	await requireRelease(before);
	return figures;
}

async function rotatesASecret(): Promise<void> {
	const file = join(FOLDER, 'shared/secrets/simulator_password');
	const before = readFileSync(file, 'utf8').trim();
	const after = `rotated-${before}`;
	await mustOperate(['deployment/swarm/rotate-secret.sh', 'simulator_password'], after);
	const status = (password: string) =>
		mustOperate([
			'curl',
			'-s',
			'-o',
			'/dev/null',
			'-w',
			'%{http_code}',
			'-u',
			`simulator:${password}`,
			'https://api.minitwit.test/fllws/nobody'
		]);
	const [old, current] = [await status(before), await status(after)];
	if (old !== '403' || current !== '404') throw new Error(`The old password got ${old}, the new one ${current}.`);
	await on('op', `printf %s ${after} >/srv/shared/secrets/simulator_password`);
}

async function deploysWithoutAWorker(): Promise<string> {
	const started = performance.now();
	await script('machine.sh', 'lose', 'w2');
	await waitFor('the swarm notices the loss', 60, async () => ((await isDown('w2')) ? true : null));
	const seconds = ((performance.now() - started) / 1_000).toFixed(1);
	try {
		await mustDeploy(SECOND_RELEASE);
		await requireRelease(SECOND_RELEASE);
	} finally {
		await startMachine('w2');
		await waitFor('the worker is back', 60, async () => ((await isDown('w2')) ? null : true));
	}
	return `the loss was noticed after ${seconds} s`;
}

export const updateTests: SwarmTest[] = [
	{ name: 'a rolling update costs no request', run: updates },
	{ name: 'a rollback after scaling goes back to the previous release', run: rollsBackAfterScaling },
	{ name: 'a secret is rotated after a rollback', run: rotatesASecret },
	{ name: 'a deploy succeeds while a worker is lost', run: deploysWithoutAWorker }
];

export const crashTests: SwarmTest[] = [
	{ name: 'a release that crashes is rolled back and nobody notices', run: refusesACrashingRelease }
];
