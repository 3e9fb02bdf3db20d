import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configKeys } from '#lib/server/config.ts';
import { readExample, secondsOf, volumesOf } from './compose-files.ts';
import { configs, serviceOf, services, stack } from './stack-services.ts';

describe('the stack file', () => {
	/** Keys that `docker stack deploy` ignores, silently or with a warning. */
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

	test.runIf(hasDocker)('a docker client accepts it with only the required settings of the example', () => {
		const { status, stdout, stderr } = readStack(settings);
		expect(status, stderr).toBe(0);
		const result = parse(stdout);
		expect(Object.keys(result.services).sort()).toEqual(Object.keys(stack.services).sort());
		expect(result.services.web.image).toBe(`${settings.IMAGE_PREFIX}web:${settings.IMAGE_TAG}`);
		const script = result.services.proxy.configs.find(({ target }: { target: string }) => target.endsWith('.sh'));
		expect(script.mode).toBe(0o555);
		expect(result.services['postgres-exporter'].entrypoint.at(-1)).toContain('$(cat /run/secrets/');
	});

	test.runIf(hasDocker)('it is rejected if a setting is missing', () => {
		for (const key of Object.keys(settings).filter((name) => !['MANAGER', 'PRIVATE_NETWORK'].includes(name))) {
			const { [key]: _, ...others } = settings;
			const { status, stderr } = readStack(others);
			expect([status, stderr]).toEqual([1, expect.stringContaining(key)]);
		}
	});

	test('the name of a config contains its version', () => {
		for (const [key, { name }] of Object.entries(configs)) {
			expect(name).toBe(`minitwit_${key}_\${CONFIG_VERSION:-1}`);
			expect(name.replace(/\$.*/, '').length + 12).toBeLessThanOrEqual(64);
		}
	});
});

describe('services', () => {
	test('every service is read-only, has no default capabilities, and has resource limits', () => {
		for (const [name, { read_only, cap_drop, init, deploy }] of services) {
			expect([name, read_only, cap_drop, init]).toEqual([name, true, ['ALL'], true]);
			expect(Object.keys(deploy?.resources.limits ?? {}).sort(), name).toEqual(['cpus', 'memory', 'pids']);
			expect(Object.keys(deploy?.resources.reservations ?? {}), name).toContain('memory');
		}
	});

	test('every service that listens has a health check', () => {
		const unchecked = services.filter(([, { healthcheck }]) => !healthcheck).map(([name]) => name);
		expect(unchecked.sort()).toEqual(['acme', 'filebeat', 'migrate']);
	});

	test('no service has a virtual address, which nothing needs', () => {
		const others = services.filter(([, { deploy }]) => deploy?.endpoint_mode !== 'dnsrr').map(([name]) => name);
		expect(others).toEqual(['migrate']);
	});

	test('a service with volumes or host ports stays on its node and never runs twice', () => {
		for (const [name, service] of services) {
			const isBound = volumesOf(service).length > 0 || (service.ports ?? []).length > 0;
			if (!isBound) continue;
			expect([name, service.deploy?.update_config?.order]).toEqual([name, 'stop-first']);
			if (service.deploy?.mode === 'global') continue;
			expect([name, service.deploy?.replicas]).toEqual([name, 1]);
			expect([name, service.deploy?.placement?.constraints]).toEqual([name, ['node.labels.state == true']]);
		}
	});

	test.each(['web', 'api'])('%s: a node has room for all replicas during an update', (name) => {
		const { deploy } = serviceOf(name);
		const defaultOf = (text?: number | string) => Number(/:-(\d+)\}$/.exec(String(text))?.[1]);
		// The other node may have failed, and an update starts all new replicas beside the old ones.
		const limit = defaultOf(deploy?.placement?.max_replicas_per_node);
		expect(limit).toBeGreaterThanOrEqual(2 * defaultOf(deploy?.replicas));
	});
});

describe('our images', () => {
	test.each(['web', 'api', 'migrate'])('%s receives only settings that it reads', (name) => {
		const known = new Set([...configKeys.flatMap((key) => [key, `${key}_FILE`])]);
		expect(Object.keys(serviceOf(name).environment ?? {}).filter((key) => !known.has(key))).toEqual([]);
	});

	test.each(['web', 'api'])('%s has time to drain, to finish and to stop', (name) => {
		const { environment = {}, stop_signal, stop_grace_period } = serviceOf(name);
		const finishSeconds = Number(environment.FINISH_SECONDS ?? 1);
		expect(stop_signal).toBe('SIGQUIT');
		expect(secondsOf(stop_grace_period)).toBeGreaterThan(Number(environment.DRAIN_SECONDS) + finishSeconds);
	});

	test.each(['web', 'api'])("%s has its image's health check", (name) => {
		const stage = readFileSync('deployment/docker/Dockerfile', 'utf8')
			.split(/^FROM /m)
			.find((text) => text.includes(`AS ${name}\n`));
		const [, options = '', command = ''] = /^HEALTHCHECK (.*) \\\n\tCMD (.*)$/m.exec(stage ?? '') ?? [];
		const { test: words, ...values } = serviceOf(name).healthcheck ?? { test: [] };
		expect(words).toEqual(['CMD', ...JSON.parse(command)]);
		const expected = Object.entries(values).map(([key, value]) => `--${key.replace('_', '-')}=${value}`);
		expect(options.split(' ').sort()).toEqual(expected.sort());
	});
});
