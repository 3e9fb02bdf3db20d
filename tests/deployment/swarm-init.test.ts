import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { changes, hosts } from './swarm-stand-in.ts';

const MANAGERS = ['203.0.113.1', '203.0.113.2', '203.0.113.3'];

test('init creates one swarm over the private network, labels the first manager and creates the secrets', async () => {
	const swarm = hosts(...MANAGERS);
	const { calls } = await swarm.succeed('init.sh', ['keys', ...MANAGERS]);

	expect(changes(calls)).toEqual([
		'docker 203.0.113.1: swarm init --advertise-addr 10.110.0.1 --listen-addr 10.110.0.1:2377',
		expect.stringContaining('ssh 203.0.113.2: read -r token && docker swarm join'),
		'docker 203.0.113.2: swarm join --advertise-addr 10.110.0.2 --token SWMTKN-manager 10.110.0.1:2377',
		expect.stringContaining('ssh 203.0.113.3: read -r token && docker swarm join'),
		'docker 203.0.113.3: swarm join --advertise-addr 10.110.0.3 --token SWMTKN-manager 10.110.0.1:2377',
		'docker 203.0.113.1: node update --label-add state=true id-203.0.113.1',
		'docker 203.0.113.1: secret create database_url -',
		'docker 203.0.113.1: secret create simulator_password -'
	]);
	expect(swarm.read('state/secrets/database_url')).toBe('postgres://app:s3cret@10.110.0.9/minitwit');
});

test('a second init changes nothing, and nothing secret is ever an argument on this machine', async () => {
	const swarm = hosts(...MANAGERS);
	const first = await swarm.succeed('init.sh', ['keys', ...MANAGERS]);
	const second = await swarm.succeed('init.sh', ['keys', ...MANAGERS]);

	expect(changes(second.calls)).toEqual([]);
	const told = [...first.calls, ...second.calls];
	expect(told.filter((call) => /s3cret|pa55/.test(call))).toEqual([]);
	// Only Docker on the joining host receives the token as an argument; ssh does not.
	expect(told.filter((call) => call.startsWith('ssh') && call.includes('SWMTKN'))).toEqual([]);
});

test('an interrupted init is completed by the next one', async () => {
	const swarm = hosts(...MANAGERS.slice(0, 2));
	const broken = await swarm.run('init.sh', ['keys', ...MANAGERS]);
	expect(broken.code).toBe(1);
	expect(broken.output).toContain('init.sh: 203.0.113.3 does not answer as deploy over SSH');

	swarm.addHost('203.0.113.3');
	const { calls } = await swarm.succeed('init.sh', ['keys', ...MANAGERS]);
	expect(changes(calls)[1]).toContain('203.0.113.3: swarm join');
});

test('init lists missing secrets of stack.yml', async () => {
	const swarm = hosts('203.0.113.1');
	rmSync(join(swarm.folder, 'keys/simulator_password'));
	const { code, output } = await swarm.run('init.sh', ['keys', '203.0.113.1']);
	expect(code).toBe(1);
	expect(output).toContain('The swarm lacks secrets that stack.yml needs: simulator_password');
});

test.each([
	['init.sh', [], 2, 'init.sh SECRETS_FOLDER MANAGER'],
	['init.sh', ['/nowhere', '203.0.113.1'], 1, '/nowhere is not a folder'],
	['add-workers.sh', [], 2, 'add-workers.sh --new NUMBER'],
	['add-workers.sh', ['--new', 'many'], 2, 'add-workers.sh --new NUMBER'],
	['drain.sh', [], 2, 'drain.sh [--remove] NODE'],
	['deploy.sh', ['no tag'], 1, "'no tag' is not a valid image tag"],
	['rollback.sh', ['1'], 2, 'Rolls back the last deploy'],
	['smoke.sh', ['--help'], 0, 'Tests the site from outside']
])('%s %j prints the error or its usage', async (script, args, expected, words) => {
	const { code, output, calls } = await hosts('203.0.113.1').run(script, args);
	expect(output).toContain(words);
	expect(output).not.toContain('set -euo');
	expect(code).toBe(expected);
	expect(changes(calls)).toEqual([]);
});
