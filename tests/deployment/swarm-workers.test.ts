import { expect, test } from 'vitest';
import { changes, deployedSwarm, hosts } from './swarm-stand-in.ts';

test('one command creates machines, joins them to the swarm and adds replicas', async () => {
	const swarm = await deployedSwarm();
	const { calls } = await swarm.succeed('add-workers.sh', ['--new', '2'], { REPLICAS_PER_WORKER: '2' });

	expect(changes(calls)).toEqual([
		'vagrant up --provider=digital_ocean worker-3 worker-4',
		'vagrant ssh-config worker-3',
		'vagrant ssh-config worker-4',
		expect.stringContaining('ssh 203.0.113.13: read -r token'),
		'docker 203.0.113.13: swarm join --advertise-addr 10.110.0.13 --token SWMTKN-worker 10.110.0.1:2377',
		expect.stringContaining('ssh 203.0.113.14: read -r token'),
		'docker 203.0.113.14: swarm join --advertise-addr 10.110.0.14 --token SWMTKN-worker 10.110.0.1:2377',
		'docker 203.0.113.1: service scale --detach minitwit_web=4 minitwit_api=4',
		'docker 203.0.113.1: node update --label-add replicas=2 id-203.0.113.13',
		'docker 203.0.113.1: service scale --detach minitwit_web=6 minitwit_api=6',
		'docker 203.0.113.1: node update --label-add replicas=2 id-203.0.113.14'
	]);
	expect(swarm.read('deployment/vagrant/.env')).toBe('REGION=fra1\nWORKERS=4');
	expect(swarm.read('state/services/minitwit_web/replicas')).toBe('6');
});

test('workers that join before the first deploy share the configured replicas', async () => {
	const swarm = hosts('203.0.113.1', '203.0.113.5');
	await swarm.succeed('init.sh', ['keys', '203.0.113.1']);
	await swarm.succeed('add-workers.sh', ['203.0.113.5']);
	await swarm.succeed('deploy.sh', ['1']);
	expect(changes((await swarm.succeed('add-workers.sh', ['203.0.113.5'])).calls)).toEqual([]);
	expect(swarm.read('state/services/minitwit_web/replicas')).toBe('2');
});

test('existing workers are added once, and the script waits until they are ready', async () => {
	const swarm = await deployedSwarm('203.0.113.5');
	expect(swarm.read('state/services/minitwit_api/replicas')).toBe('3');

	swarm.write('state/nodes/id-203.0.113.5/status', 'down\ndown\nready\n');
	const again = await swarm.succeed('add-workers.sh', ['203.0.113.5']);
	expect(changes(again.calls)).toEqual([]);
	expect(again.calls.filter((call) => call.includes('.Status.State'))).toHaveLength(3);
});

test('a worker whose replicas were not added yet gets them in the next run', async () => {
	const swarm = await deployedSwarm('203.0.113.5');
	swarm.write('state/nodes/id-203.0.113.5/label-replicas', '');
	const { calls } = await swarm.succeed('add-workers.sh', ['203.0.113.5']);
	expect(changes(calls)).toEqual([
		'docker 203.0.113.1: service scale --detach minitwit_web=4 minitwit_api=4',
		'docker 203.0.113.1: node update --label-add replicas=1 id-203.0.113.5'
	]);
});

test('without a swarm to join, or if Vagrant fails, no machine is created and the error says what to do', async () => {
	const empty = hosts('203.0.113.1');
	const early = await empty.run('add-workers.sh', ['--new', '1']);
	expect([early.code, changes(early.calls)]).toEqual([1, []]);
	expect(early.output).toContain('run init.sh first');

	const swarm = await deployedSwarm();
	swarm.write('state/no-machines', '');
	const failed = await swarm.run('add-workers.sh', ['--new', '1']);
	expect(failed.code).toBe(1);
	expect(failed.output).toContain('Vagrant could not create worker-3');
	expect(changes(failed.calls)).toEqual(['vagrant up --provider=digital_ocean worker-3']);
});

test('a host of another swarm, without a private address, or never ready is rejected', async () => {
	const swarm = await deployedSwarm();
	swarm.addHost('203.0.113.5');
	swarm.write('state/hosts/203.0.113.5/swarm', 'active\n');
	const foreign = await swarm.run('add-workers.sh', ['203.0.113.5']);
	expect([foreign.code, foreign.output]).toEqual([1, expect.stringContaining('203.0.113.5 is in another swarm')]);

	swarm.write('state/hosts/203.0.113.5/swarm', 'inactive\n');
	swarm.write('state/hosts/203.0.113.5/private', '');
	const outside = await swarm.run('add-workers.sh', ['203.0.113.5']);
	expect([outside.code, outside.output]).toEqual([1, expect.stringContaining('no address in the private network')]);

	swarm.write('state/hosts/203.0.113.5/private', '10.110.0.5\n');
	await swarm.succeed('add-workers.sh', ['203.0.113.5']);
	swarm.write('state/nodes/id-203.0.113.5/status', 'down\n');
	const dead = await swarm.run('add-workers.sh', ['203.0.113.5'], { NODE_SECONDS: '0' });
	expect([dead.code, dead.output]).toEqual([1, expect.stringContaining('Gave up waiting until 203.0.113.5 is ready')]);
});

test("drain moves all tasks away, removes the worker's replicas and waits", async () => {
	const swarm = await deployedSwarm('203.0.113.5');
	swarm.write('state/nodes/id-203.0.113.5/tasks', '3\n1\n0\n');

	const { calls } = await swarm.succeed('drain.sh', ['--remove', '203.0.113.5']);
	expect(changes(calls)).toEqual([
		'docker 203.0.113.1: node update --availability drain 203.0.113.5',
		'docker 203.0.113.1: service scale --detach minitwit_web=2 minitwit_api=2',
		'docker 203.0.113.1: node update --label-rm replicas 203.0.113.5',
		'docker 203.0.113.1: node rm --force 203.0.113.5'
	]);
	expect(calls.filter((call) => call.includes('node ps'))).toHaveLength(3);

	const gone = await swarm.run('drain.sh', ['203.0.113.5']);
	expect([gone.code, gone.output]).toEqual([1, expect.stringContaining('The swarm has no node 203.0.113.5')]);
});

test('a second drain changes nothing, and a drain that does not finish fails', async () => {
	const swarm = await deployedSwarm('203.0.113.5');
	const stuck = await swarm.run('drain.sh', ['203.0.113.5'], { DEPLOY_SECONDS: '0' });
	expect([stuck.code, stuck.output]).toEqual([1, expect.stringContaining('Gave up waiting until nothing runs')]);

	swarm.write('state/nodes/id-203.0.113.5/tasks', '0\n');
	expect(changes((await swarm.succeed('drain.sh', ['203.0.113.5'])).calls)).toEqual([]);
});

test('a manager without which the swarm would lose its quorum is not removed', async () => {
	const swarm = await deployedSwarm();
	const { code, output, calls } = await swarm.run('drain.sh', ['--remove', '203.0.113.1']);
	expect([code, changes(calls)]).toEqual([1, []]);
	expect(output).toContain('Without this manager the swarm would lose its quorum');
});
