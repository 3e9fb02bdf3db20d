import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configKeys } from '#lib/server/config.ts';
import { readExample, secondsOf, volumesOf } from './compose-files.ts';
import { environmentOf, instructionsOf, lastOf } from './dockerfile.ts';
import { stages } from './image-folders.ts';
import { configs, serviceOf, services, stack } from './stack-services.ts';

describe('what Swarm makes of it', () => {
	/** Keys that `docker stack deploy` takes without a word, or with a warning, and does nothing about. */
	const IGNORED = [
		...['build', 'cgroup_parent', 'cgroupns_mode', 'container_name', 'depends_on', 'devices', 'domainname', 'expose'],
		...['external_links', 'ipc', 'links', 'mac_address', 'network_mode', 'pid', 'privileged', 'profiles', 'restart'],
		...['security_opt', 'shm_size', 'tmpfs', 'userns_mode', 'mem_limit', 'pids_limit', 'cpus']
	];

	test('no service has a key that Swarm ignores', () => {
		for (const [name, service] of services) {
			expect([name, Object.keys(service).filter((key) => IGNORED.includes(key))]).toEqual([name, []]);
		}
	});

	const example = readExample('deployment/.env.example');
	const settings = Object.fromEntries(
		[...example].flatMap(([key, { value, isRequired }]) => (isRequired ? [[key, value]] : []))
	);
	const readStack = (env: Record<string, string>) =>
		spawnSync('docker', ['stack', 'config', '--compose-file', 'stack.yml'], {
			env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env },
			encoding: 'utf8'
		});
	const hasDocker = spawnSync('docker', ['--version']).status === 0;

	test.runIf(hasDocker)('a docker client reads it, with what the example demands and no more', () => {
		const { status, stdout, stderr } = readStack(settings);
		expect(status, stderr).toBe(0);
		const result = parse(stdout);
		expect(Object.keys(result.services).sort()).toEqual(Object.keys(stack.services).sort());
		expect(result.services.web.image).toBe(`${settings.IMAGE_PREFIX}web:${settings.IMAGE_TAG}`);
		const script = result.services.proxy.configs.find(({ target }: { target: string }) => target.endsWith('.sh'));
		expect(script.mode).toBe(0o555);
		expect(result.services['postgres-exporter'].entrypoint.at(-1)).toContain('$(cat /run/secrets/');
	});

	test.runIf(hasDocker)('it is refused when a setting is missing', () => {
		for (const key of Object.keys(settings).filter((name) => !['MANAGER', 'PRIVATE_NETWORK'].includes(name))) {
			const { [key]: _, ...others } = settings;
			const { status, stderr } = readStack(others);
			expect([status, stderr]).toEqual([1, expect.stringContaining(key)]);
		}
	});

	test('the name of a config says which version it is', () => {
		for (const [key, { name }] of Object.entries(configs)) {
			expect(name).toBe(`minitwit_${key}_\${CONFIG_VERSION:-1}`);
			expect(name.replace(/\$.*/, '').length + 12).toBeLessThanOrEqual(64);
		}
	});
});

describe('services', () => {
	test('none has more rights, files or resources than it is given', () => {
		for (const [name, { read_only, cap_drop, init, deploy }] of services) {
			expect([name, read_only, cap_drop, init]).toEqual([name, true, ['ALL'], true]);
			expect(Object.keys(deploy?.resources.limits ?? {}).sort(), name).toEqual(['cpus', 'memory', 'pids']);
			expect(Object.keys(deploy?.resources.reservations ?? {}), name).toContain('memory');
		}
	});

	test('all that listen are looked after', () => {
		const unchecked = services.filter(([, { healthcheck }]) => !healthcheck).map(([name]) => name);
		expect(unchecked.sort()).toEqual(['acme', 'filebeat', 'migrate']);
	});

	test('an update that fails is taken back; the migration is a job, which has no updates', () => {
		for (const [name, { deploy }] of services) {
			if (name === 'migrate') {
				expect(deploy?.mode).toBe('replicated-job');
				expect(deploy).not.toHaveProperty('update_config');
				continue;
			}
			expect([name, deploy?.update_config?.failure_action]).toEqual([name, 'rollback']);
			// Swarm knows no other end of a rollback that fails.
			expect([name, deploy?.rollback_config?.failure_action]).toEqual([name, 'pause']);
			expect([name, deploy?.rollback_config?.order]).toEqual([name, deploy?.update_config?.order]);
		}
	});

	test('what keeps files or has a port of the host stays where they are, and never runs twice', () => {
		for (const [name, service] of services) {
			const isBound = volumesOf(service).length > 0 || (service.ports ?? []).length > 0;
			if (!isBound) continue;
			expect([name, service.deploy?.update_config?.order]).toEqual([name, 'stop-first']);
			if (service.deploy?.mode === 'global') continue;
			expect([name, service.deploy?.replicas]).toEqual([name, 1]);
			expect([name, service.deploy?.placement?.constraints]).toEqual([name, ['node.labels.state == true']]);
		}
	});

	test.each(['web', 'api'])('%s: start first, with room for one more on a node', (name) => {
		const { deploy } = serviceOf(name);
		const defaultOf = (text?: number | string) => Number(/:-(\d+)\}$/.exec(String(text))?.[1]);
		expect(deploy?.update_config?.order).toBe('start-first');
		// The other node may be gone, too.
		expect(defaultOf(deploy?.placement?.max_replicas_per_node)).toBeGreaterThan(defaultOf(deploy?.replicas));
	});
});

describe('our images', () => {
	test.each(['web', 'api', 'migrate'])('%s is given settings that it knows', (name) => {
		const known = new Set([...configKeys.flatMap((key) => [key, `${key}_FILE`])]);
		expect(Object.keys(serviceOf(name).environment ?? {}).filter((key) => !known.has(key))).toEqual([]);
	});

	test.each(['web', 'api'])('%s has the time to serve on, to finish and to stop', (name) => {
		const { environment = {}, stop_signal, stop_grace_period } = serviceOf(name);
		const finishSeconds = Number(environment.FINISH_SECONDS ?? 1);
		expect(stop_signal).toBe('SIGQUIT');
		expect(secondsOf(stop_grace_period)).toBeGreaterThan(Number(environment.DRAIN_SECONDS) + finishSeconds);
	});

	test.each(['web', 'api'])('%s is checked as its image says, and listens to others', (name) => {
		const image = instructionsOf(stages, name);
		const command = JSON.parse(lastOf(image, 'HEALTHCHECK')?.replace(/^CMD /, '') ?? '[]');
		expect(serviceOf(name).healthcheck?.test).toEqual(['CMD', ...command]);
		expect(environmentOf(image).HOST).toBe('0.0.0.0');
	});
});
