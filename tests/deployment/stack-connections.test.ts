import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configs, isInternal, networks, portOf, serviceOf, services, share } from './stack-services.ts';

describe('networks', () => {
	test('app and monitoring have no route outside, and are encrypted', () => {
		for (const name of ['app', 'monitoring']) {
			expect(networks[name]).toEqual({ internal: true, driver_opts: { encrypted: 'true' } });
		}
	});

	test('only services that connect to hosts outside the swarm have a route there', () => {
		const outside = services.filter(([, service]) => service.networks?.some((network) => !isInternal(network)));
		expect(outside.map(([name]) => name).sort()).toEqual([
			...['acme', 'alertmanager', 'api', 'filebeat', 'grafana', 'migrate', 'postgres-exporter', 'prometheus', 'proxy'],
			'web'
		]);
	});

	test('services that communicate share a network', () => {
		for (const name of ['web', 'api']) expect(share(serviceOf('proxy'), serviceOf(name)), name).toBe(true);
		for (const name of ['prometheus', 'alertmanager'])
			expect(share(serviceOf('grafana'), serviceOf(name)), name).toBe(true);
	});
});

describe('ports and names', () => {
	const engine = readFileSync('deployment/nginx/engine.conf.template', 'utf8');

	test('nginx listens on the published ports, and only Grafana publishes another', () => {
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

	test('nginx uses the ports on which web and API listen', () => {
		const upstreams = [...engine.matchAll(/server tasks\.([\w-]+):(\d+)/g)].map(([, name, port]) => [
			name,
			Number(port)
		]);
		expect(upstreams).toEqual([
			['web', portOf('web')],
			['api', portOf('api')]
		]);
	});

	test("nginx's health check uses its health port", () => {
		expect(engine).toContain(`listen 127.0.0.1:${portOf('proxy')};`);
	});

	test('Prometheus scrapes every target on the port on which it listens', () => {
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

	test('Grafana queries Prometheus on its port', () => {
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

	test('every file of a tool is mounted in a service', () => {
		const files = globSync('deployment/{nginx,prometheus,grafana,filebeat}/**/*.*', {
			exclude: ['**/README.md', '**/rules/tests/**']
		});
		expect(files.length).toBeGreaterThan(15);
		expect(files.filter((path) => targetOf(path) === undefined)).toEqual([]);
	});

	test('every file that nginx includes is mounted at its path', () => {
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

	test("Prometheus's rules and hosts and Grafana's dashboards are mounted at their paths", () => {
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
