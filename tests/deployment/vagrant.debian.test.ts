import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { requireProgram } from './programs.ts';

interface Machine {
	vm: {
		hostname: string;
		providers: { digital_ocean: Record<string, unknown> };
		provisions: Record<string, { path: string; env: Record<string, string> }>;
	};
}

const KEYS = { DIGITALOCEAN_TOKEN: 'dop_v1_token', SSH_FROM: '198.51.100.7' };

/** Evaluates the Vagrantfile with the example settings. */
function evaluate(environment: Record<string, string>, change = (settings: string) => settings) {
	const folder = mkdtempSync(join(tmpdir(), 'minitwit-vagrant-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	cpSync('deployment/vagrant/Vagrantfile', join(folder, 'Vagrantfile'));
	writeFileSync(join(folder, '.env'), change(readFileSync('deployment/vagrant/.env.example', 'utf8')));
	const args = ['tests/deployment/stand-ins/vagrant.rb', join(folder, 'Vagrantfile')];
	const env = { PATH: process.env.PATH, HOME: '/home/ann', ...environment };
	return spawnSync(requireProgram('ruby'), args, { encoding: 'utf8', env });
}

function machines(environment: Record<string, string>, change?: (settings: string) => string): Record<string, Machine> {
	const { stdout, stderr } = evaluate(environment, change);
	expect(stderr).toBe('');
	return JSON.parse(stdout).vm.defines;
}

test('the example defines three managers, two workers, a database and a logging host', () => {
	const defined = machines(KEYS);
	expect(Object.keys(defined)).toEqual([
		...['manager-1', 'manager-2', 'manager-3', 'worker-1', 'worker-2'],
		...['database', 'logging']
	]);
	const worker = defined['worker-2']?.vm;
	expect(worker?.hostname).toBe('minitwit-worker-2');
	expect(worker?.providers.digital_ocean).toMatchObject({
		token: 'dop_v1_token',
		region: 'fra1',
		size: 's-2vcpu-4gb',
		private_networking: true
	});
	expect(worker?.providers.digital_ocean).not.toHaveProperty('vpc_uuid');
	expect(worker?.provisions.firewall).toMatchObject({
		path: 'firewall.sh',
		env: { ROLE: 'worker', PRIVATE_NETWORK: '10.135.0.0/16', SSH_FROM: '198.51.100.7' }
	});
	expect(Object.keys(worker?.provisions ?? {})).toEqual(['firewall', 'host']);
});

test('numbers, sizes and the private network come from the settings, and the environment takes precedence', () => {
	const defined = machines({ ...KEYS, WORKERS: '4', VPC_UUID: 'f00' }, (settings) =>
		settings.replace('MANAGERS=3', 'MANAGERS=1').replace(/DATABASE_SIZE=.*/, 'DATABASE_SIZE=m-8vcpu-64gb')
	);
	expect(Object.keys(defined)).toHaveLength(7);
	expect(defined.database?.vm.providers.digital_ocean).toMatchObject({ size: 'm-8vcpu-64gb', vpc_uuid: 'f00' });
	expect(defined.database?.vm.provisions.host?.env).toEqual({ ROLE: 'database', DOCKER_VERSION: '28.2.2' });
});

test.each([
	[{ DIGITALOCEAN_TOKEN: 'dop_v1_token' }, 'SSH_FROM is not set'],
	[{ SSH_FROM: '198.51.100.7' }, 'DIGITALOCEAN_TOKEN is not set'],
	[{ ...KEYS, WORKERS: 'many' }, 'WORKERS is many, not a number']
])('%j is refused in words', (environment, words) => {
	const { status, stderr } = evaluate(environment as Record<string, string>);
	expect(stderr).toContain(words);
	expect(status).toBe(1);
});
