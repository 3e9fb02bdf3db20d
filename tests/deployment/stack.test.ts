import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configKeys } from '#lib/server/config.ts';
import { type Service, readComposeFile, readExample, secondsOf, volumesOf } from './compose-files.ts';
import { environmentOf, instructionsOf, lastOf } from './dockerfile.ts';
import { stages } from './image-folders.ts';

const stack = readComposeFile('stack.yml');
const services = Object.entries(stack.services);
const configs = stack.configs ?? {};
const networks = stack.networks ?? {};

const serviceOf = (name: string): Service => {
	const service = stack.services[name];
	if (!service) throw new Error(`stack.yml has no service ${name}`);
	return service;
};
const isInternal = (network: string) => networks[network]?.internal === true;
const share = (one: Service, other: Service) => one.networks?.some((network) => other.networks?.includes(network));

/** Where a service listens, as its image or its health check says. */
function portOf(name: string): number {
	if (stages.has(name)) return Number(lastOf(instructionsOf(stages, name), 'EXPOSE'));
	if (name === 'filebeat') return parse(readFileSync('deployment/filebeat/filebeat.yml', 'utf8'))['http.port'];
	return Number(/127\.0\.0\.1:(\d+)\//.exec(serviceOf(name).healthcheck?.test.join(' ') ?? '')?.[1]);
}

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
		const known = new Set([...configKeys.flatMap((key) => [key, `${key}_FILE`]), 'SHUTDOWN_TIMEOUT']);
		expect(Object.keys(serviceOf(name).environment ?? {}).filter((key) => !known.has(key))).toEqual([]);
	});

	test.each(['web', 'api'])('%s has the time to serve on, to finish and to stop', (name) => {
		const { environment = {}, stop_signal, stop_grace_period } = serviceOf(name);
		const finishSeconds = Number(environment.SHUTDOWN_TIMEOUT ?? 2);
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

describe('networks', () => {
	test('app and monitoring lead nowhere else, and nobody can read along', () => {
		for (const name of ['app', 'monitoring']) {
			expect(networks[name]).toEqual({ internal: true, driver_opts: { encrypted: 'true' } });
		}
	});

	test('who has to reach a host outside of the swarm has a way out, and nobody else', () => {
		const outside = services.filter(([, service]) => service.networks?.some((network) => !isInternal(network)));
		expect(outside.map(([name]) => name).sort()).toEqual([
			...['acme', 'alertmanager', 'api', 'filebeat', 'grafana', 'migrate', 'postgres-exporter', 'prometheus', 'proxy'],
			'web'
		]);
	});

	test('who talks to each other shares a network', () => {
		for (const name of ['web', 'api']) expect(share(serviceOf('proxy'), serviceOf(name)), name).toBe(true);
		for (const name of ['prometheus', 'alertmanager'])
			expect(share(serviceOf('grafana'), serviceOf(name)), name).toBe(true);
	});
});

describe('ports and names', () => {
	const engine = readFileSync('deployment/nginx/engine.conf.template', 'utf8');

	test('nginx listens on what is published, and nothing else is but Grafana', () => {
		const listens = [...engine.matchAll(/listen (\d+)( ssl| quic|;| default_server)/g)].map(
			([, port, kind]) => `${port}/${kind === ' quic' ? 'udp' : 'tcp'}`
		);
		const published = services.flatMap(([name, { ports = [] }]) =>
			ports.map(({ target, published, protocol, mode }) => ({ name, target, published, protocol, mode }))
		);
		const atProxy = published.filter(({ name }) => name === 'proxy');
		expect(atProxy.map(({ target, protocol }) => `${target}/${protocol}`).sort()).toEqual([...new Set(listens)].sort());
		expect(atProxy.every(({ target, published, mode }) => target === published && mode === 'host')).toBe(true);
		expect(published.filter(({ name }) => name !== 'proxy')).toEqual([
			{ name: 'grafana', target: portOf('grafana'), published: 3001, protocol: 'tcp', mode: 'host' }
		]);
	});

	test('nginx finds web and API where their images listen', () => {
		const upstreams = [...engine.matchAll(/server tasks\.([\w-]+):(\d+)/g)].map(([, name, port]) => [
			name,
			Number(port)
		]);
		expect(upstreams).toEqual([
			['web', portOf('web')],
			['api', portOf('api')]
		]);
	});

	test('nginx is looked after at the port that it has for that', () => {
		expect(engine).toContain(`listen 127.0.0.1:${portOf('proxy')};`);
	});

	test('Prometheus finds every service that it looks at, where that listens', () => {
		interface Job {
			job_name: string;
			dns_sd_configs?: { names: string[]; port: number }[];
			relabel_configs?: { target_label: string; replacement?: string }[];
		}
		const { scrape_configs: jobs } = parse(readFileSync('deployment/prometheus/prometheus.yml', 'utf8')) as {
			scrape_configs: Job[];
		};
		const found = jobs.flatMap(({ dns_sd_configs = [] }) => dns_sd_configs);
		expect(found.length).toBeGreaterThan(5);
		for (const { names, port } of found) {
			const name = names.join().replace(/^tasks\./, '');
			expect([name, port]).toEqual([name, portOf(name)]);
			expect(share(serviceOf('prometheus'), serviceOf(name)), name).toBe(true);
		}
		const others = jobs
			.flatMap(({ relabel_configs = [] }) => relabel_configs)
			.filter(({ target_label }) => target_label === '__address__');
		expect(others.map(({ replacement }) => replacement)).toEqual([`filebeat-exporter:${portOf('filebeat-exporter')}`]);
	});

	test('Grafana asks Prometheus where it listens', () => {
		const file = readFileSync('deployment/grafana/provisioning/datasources/datasources.yml', 'utf8');
		expect(file).toContain(`url: http://prometheus:${portOf('prometheus')}\n`);
	});
});

describe('files', () => {
	const mounts = services.flatMap(([, { configs: files = [] }]) => files);
	const targetOf = (path: string) => {
		const source = Object.keys(configs).find((key) => configs[key]?.file === `./${path}`);
		return mounts.find((mount) => mount.source === source)?.target;
	};

	test('every file of the tools is given to one of them', () => {
		const files = globSync('deployment/{nginx,prometheus,grafana,filebeat}/**/*.*', {
			exclude: ['**/README.md', '**/rules/tests/**']
		});
		expect(files.length).toBeGreaterThan(15);
		expect(files.filter((path) => targetOf(path) === undefined)).toEqual([]);
	});

	test('nginx finds what it includes, at the place that it says', () => {
		const texts = globSync('deployment/nginx/**/*.{conf,template}')
			.map((path) => readFileSync(path, 'utf8'))
			.join('\n');
		const included = [...texts.matchAll(/^\s*include ([\w./-]+);/gm)].map(([, path]) => `/etc/nginx/${path}`);
		const made = mounts.filter(({ target }) => target.startsWith('/etc/nginx/templates/'));
		const targets = [
			...mounts.map(({ target }) => target),
			...made.map(({ target }) => `/etc/nginx/conf.d/${basename(target, '.template')}`)
		];
		expect(included.length).toBeGreaterThan(5);
		expect(included.filter((path) => !targets.includes(path))).toEqual([]);
	});

	test('Prometheus finds its rules and hosts, and Grafana its dashboards', () => {
		expect(mounts.map(({ target }) => target)).toEqual(
			expect.arrayContaining([
				'/etc/prometheus/prometheus.yml',
				'/etc/prometheus/hosts.yml',
				'/etc/prometheus/rules/alerts.yml'
			])
		);
		const { providers } = parse(readFileSync('deployment/grafana/provisioning/dashboards/dashboards.yml', 'utf8'));
		for (const path of globSync('deployment/grafana/dashboards/*.json')) {
			expect(targetOf(path)).toBe(`${providers[0].options.path}/${basename(path)}`);
		}
	});
});
