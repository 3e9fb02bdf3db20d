import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { networksOf } from './compose-files.ts';
import { configs, isInternal, networks, services, sharedNetworks } from './stack-services.ts';

/* What npm run test:swarm cannot see, because the lab has neither encryption nor a firewall. */

test('app and monitoring have no route outside, and are encrypted', () => {
	for (const name of ['app', 'monitoring']) {
		expect(networks[name]).toEqual({ internal: true, driver_opts: { encrypted: 'true' } });
	}
	expect(networks.outside).toEqual({ driver_opts: { encrypted: 'true' } });
});

test('only services that need them have a route outside', () => {
	const outside = services.filter(([, service]) => networksOf(service).some((network) => !isInternal(network)));
	expect(outside.map(([name]) => name).sort()).toEqual([
		...['acme', 'alertmanager', 'api', 'filebeat', 'filebeat-exporter', 'grafana', 'migrate', 'postgres-exporter'],
		...['prometheus', 'proxy', 'web']
	]);
});

test('filebeat-exporter reaches Filebeat at every address that Prometheus may find', () => {
	const addresses = sharedNetworks('prometheus', 'filebeat');
	expect(sharedNetworks('filebeat-exporter', 'filebeat')).toEqual(expect.arrayContaining(addresses));
});

test('only the proxy and Grafana publish ports, on their host', () => {
	const published = services.filter(([, { ports = [] }]) => ports.length > 0);
	expect(published.map(([name]) => name).sort()).toEqual(['grafana', 'proxy']);
	const modes = published.flatMap(([, { ports = [] }]) => ports.map(({ mode }) => mode));
	expect(new Set(modes)).toEqual(new Set(['host']));
});

test('every file of a tool is mounted in a service', () => {
	const mounted = services.flatMap(([, { configs: files = [] }]) => files.map(({ source }) => configs[source]?.file));
	const files = globSync('deployment/{nginx,prometheus,grafana,filebeat}/**/*.*', {
		exclude: ['**/README.md', '**/rules/tests/**']
	});
	expect(files.length).toBeGreaterThan(15);
	expect(files.filter((path) => !mounted.includes(`./${path}`))).toEqual([]);
});
