import { expect, test } from 'vitest';
import { changes, deployedSwarm, type SwarmStandIn } from './swarm-stand-in.ts';

const DEPLOY =
	/^docker 203\.0\.113\.1: stack deploy --compose-file \S+\/stack\.yml --with-registry-auth --detach=true minitwit$/;

/** The releases of the services, in the order proxy, web, api, migrate. */
const releases = (swarm: SwarmStandIn) =>
	['proxy', 'web', 'api', 'migrate'].map((name) => swarm.read(`state/services/minitwit_${name}/spec`));

test('a deploy checks the stack, sends it, waits for it and tests the site', async () => {
	const swarm = await deployedSwarm();
	swarm.write('state/planned/web/state', 'updating\nupdating\ncompleted\n');
	swarm.write('state/planned/api/tasks', '1/2\n2/2\n');
	const { calls, output } = await swarm.succeed('deploy.sh', ['2']);

	expect(changes(calls)).toEqual([expect.stringMatching(DEPLOY)]);
	const order = ['docker here: stack config', 'stack deploy', 'stack services', 'curl https://minitwit.example/public'];
	const places = order.map((words) => calls.findIndex((call) => call.includes(words)));
	expect(places).toEqual([...places].sort((a, b) => a - b));
	expect(places).not.toContain(-1);
	// Two polls during the update, then two in a row after it.
	expect(calls.filter((call) => call.includes('UpdateStatus'))).toHaveLength(4);
	expect(output).toContain('2 is deployed.');
});

test('only a changed configuration file gets a new name', async () => {
	const swarm = await deployedSwarm();
	const version = (output: string) => /configuration ([0-9a-f]{12}) /.exec(output)?.[1];
	const first = version((await swarm.succeed('deploy.sh', ['2'])).output);
	const same = version((await swarm.succeed('deploy.sh', ['3'])).output);
	swarm.write('deployment/nginx/nginx.conf', 'events { }');
	const changed = version((await swarm.succeed('deploy.sh', ['3'])).output);

	expect(first).toBeDefined();
	expect(same).toBe(first);
	expect(changed).not.toBe(first);
});

test('the current number of replicas is kept', async () => {
	const swarm = await deployedSwarm();
	swarm.addHost('203.0.113.5');
	await swarm.succeed('add-workers.sh', ['203.0.113.5']);
	const { output } = await swarm.succeed('deploy.sh', ['2']);
	expect(output).toContain('web keeps its current 3 replicas; WEB_REPLICAS=2 is ignored.');
});

test('the environment overrides the settings file, and the file is not executed', async () => {
	const swarm = await deployedSwarm();
	swarm.write('deployment/.env', 'SITE_HOST=$(touch stolen)\nMANAGER=203.0.113.9');
	const { calls } = await swarm.succeed('deploy.sh', ['2'], { MANAGER: '203.0.113.1', SITE_HOST: 'other.example' });
	expect(calls).toContain('curl https://other.example/public');
	expect(() => swarm.read('stolen')).toThrow('ENOENT');
});

test('a site that fails its test is rolled back, except its schema, and the deploy fails', async () => {
	const swarm = await deployedSwarm();
	swarm.write('state/broken', 'https://api.minitwit.example/latest 2\n');
	const { code, output, calls } = await swarm.run('deploy.sh', ['2']);

	expect(code).toBe(1);
	expect(output).toContain("FAILED  the API's latest: https://api.minitwit.example/latest answered '500 '");
	expect(output).toContain('deploy.sh: 2 failed and was rolled back.');
	expect(changes(calls).slice(1)).toEqual([
		'docker 203.0.113.1: service rollback --detach minitwit_api',
		'docker 203.0.113.1: service rollback --detach minitwit_proxy',
		'docker 203.0.113.1: service rollback --detach minitwit_web'
	]);
	expect(releases(swarm)).toEqual(['1', '1', '1', '2']);
});

test('when Swarm rolls one service back, the others follow', async () => {
	const swarm = await deployedSwarm();
	swarm.write('state/planned/web/state', 'updating\nrollback_started\nrollback_completed\n');
	swarm.write('state/planned/web/spec', '1\n');
	const { code, output } = await swarm.run('deploy.sh', ['2']);

	expect(code).toBe(1);
	expect(output).toContain('Swarm stopped the update: minitwit_web rollback_started');
	expect(releases(swarm)).toEqual(['1', '1', '1', '2']);
});

test('a migration that never ends fails the deploy', async () => {
	const swarm = await deployedSwarm();
	swarm.write('state/planned/migrate/tasks', '1/1 (0/1 completed)\n');
	const { code, output } = await swarm.run('deploy.sh', ['2'], { DEPLOY_SECONDS: '1' });
	expect(code).toBe(1);
	expect(output).toContain('Not done after 1 s: minitwit_migrate 1/1 (0/1 completed)');
});

test('a failed rollback is reported as such', async () => {
	const swarm = await deployedSwarm();
	swarm.write('state/broken', 'https://minitwit.example/public\n');
	const { code, output } = await swarm.run('deploy.sh', ['2']);
	expect([code, output]).toEqual([1, expect.stringContaining('2 failed, and so did its rollback')]);
});

test('a rollback reverts one step, and a second one does not go forward again', async () => {
	const swarm = await deployedSwarm();
	await swarm.succeed('deploy.sh', ['2']);
	await swarm.succeed('rollback.sh');
	expect(releases(swarm)).toEqual(['1', '1', '1', '2']);

	expect(changes((await swarm.succeed('rollback.sh')).calls)).toEqual([]);
	expect(releases(swarm)).toEqual(['1', '1', '1', '2']);
});

test('after a scaling, nothing is rolled back partially', async () => {
	const swarm = await deployedSwarm();
	await swarm.succeed('deploy.sh', ['2']);
	swarm.addHost('203.0.113.5');
	await swarm.succeed('add-workers.sh', ['203.0.113.5']);
	const { code, output, calls } = await swarm.run('rollback.sh');
	expect([code, changes(calls)]).toEqual([1, []]);
	expect(output).toContain('minitwit_api was scaled since its deploy');
});

test('the first deploy cannot be rolled back', async () => {
	const swarm = await deployedSwarm();
	const { code, output, calls } = await swarm.run('rollback.sh');
	expect([code, changes(calls)]).toEqual([1, []]);
	expect(output).toContain('There is nothing to roll back');
});

test('nothing is sent if the stack is invalid, a setting is missing or the manager does not answer', async () => {
	const swarm = await deployedSwarm();
	swarm.write('state/invalid', '');
	const invalid = await swarm.run('deploy.sh', ['2']);
	const unset = await swarm.run('deploy.sh', ['2'], { SITE_HOST: '' });
	const silent = await swarm.run('deploy.sh', ['2'], { MANAGER: '203.0.113.9' });

	expect(invalid.output).toContain('stack.yml is invalid with these settings');
	expect(unset.output).toContain('SITE_HOST is not set');
	expect(silent.output).toContain('203.0.113.9 does not answer');
	expect([invalid, unset, silent].map(({ code, calls }) => [code, changes(calls)])).toEqual([
		[1, []],
		[1, []],
		[1, []]
	]);
});

test.each([
	['https://minitwit.example/public', 'the public timeline'],
	['http://minitwit.example/public', 'plain HTTP redirects to HTTPS'],
	['https://api.minitwit.example/metrics', '/metrics is not public'],
	['https://minitwit.example/_app/version.json', 'the web app has version 1']
])('the smoke test detects a wrong response from %s', async (url, what) => {
	const swarm = await deployedSwarm();
	await swarm.succeed('smoke.sh', ['minitwit.example', '1']);
	swarm.write('state/broken', `${url}\n`);
	const { code, output } = await swarm.run('smoke.sh', ['minitwit.example', '1']);
	expect(code).toBe(1);
	expect(output).toContain(`FAILED  ${what}`);
	expect(output).toContain('1 check(s) of minitwit.example failed');
});
