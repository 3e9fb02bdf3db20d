import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DCLinter } from 'dclint';
import { describe, expect, test } from 'vitest';
import {
	composePaths,
	filesOf,
	networksOf,
	readComposeFile,
	readExample,
	variablesIn,
	volumesOf
} from './compose-files.ts';

/** The schema of the Compose Specification, and rules against mistakes; the linter's other rules are about style. */
const RULES = [
	'invalid-schema',
	'no-duplicate-exported-ports',
	'no-version-field',
	'service-image-require-explicit-tag'
];

/** Scripts that read the settings of a file too. */
const SCRIPTS: Record<string, string> = { 'stack.yml': 'deployment/swarm/*.sh' };

test('there is a file for the swarm and one for each host outside it', () => {
	expect(composePaths).toEqual(expect.arrayContaining(['stack.yml', 'deployment/logging/compose.yml']));
});

describe.each(composePaths)('%s', (path) => {
	const file = readComposeFile(path);
	const services = Object.entries(file.services);
	const folder = dirname(path);
	const inFolder = (name: string) => join(folder, name);

	test('follows the Compose Specification', () => {
		const linter = new DCLinter({ rules: {}, quiet: false, debug: false, exclude: [] });
		const messages = linter.lintFiles([path], false).flatMap((result) => result.messages);
		expect(messages.filter(({ rule }) => RULES.includes(rule)).map(({ line, message }) => [line, message])).toEqual([]);
	});

	test('every image has an exact version', () => {
		for (const [name, { image }] of services) {
			const [, tag = ''] =
				/:([^/@]+)(@sha256:[0-9a-f]{64})?$/.exec(image.replace(/\$\{IMAGE_TAG:\?.*\}$/, '0.0.0')) ?? [];
			expect(tag, `${name} runs ${image}`).toMatch(/^v?\d+\.\d+(\.\d+)?(-\w+)*$/);
		}
	});

	test("no service can access Docker's socket, which grants root on the node", () => {
		const sources = services.flatMap(([name, { volumes = [] }]) =>
			volumes.map((volume) => [name, typeof volume === 'string' ? volume.split(':')[0] : volume.source])
		);
		const sockets = /docker\.sock|containerd\.sock|^\/(var\/)?run(\/|$)|^\/var\/?$/;
		expect(sources.filter(([, source]) => sockets.test(source ?? ''))).toEqual([]);
	});

	test('every file that it names exists or is created by prepare.sh', () => {
		const named = [
			...services.flatMap(([, service]) => filesOf(service)),
			...Object.values(file.configs ?? {}).map((config) => config.file),
			...Object.values(file.secrets ?? {}).flatMap((secret) => secret.file ?? [])
		];
		const prepare = inFolder('prepare.sh');
		const made = existsSync(prepare) ? readFileSync(prepare, 'utf8') : '';
		const isMade = (name: string) => {
			const [, secret] = /^\.\/(?:app-)?secrets\/?([^.]*)/.exec(name) ?? [];
			return secret !== undefined && made.includes(secret);
		};
		expect(named.filter((name) => !existsSync(inFolder(name)) && !isMade(name))).toEqual([]);
	});

	test('every network, volume, config and secret in use is declared, and every declared one is used', () => {
		const used = {
			networks: services.flatMap(([, service]) => networksOf(service)),
			volumes: services.flatMap(([, service]) => volumesOf(service)),
			configs: services.flatMap(([, { configs = [] }]) => configs.map(({ source }) => source)),
			secrets: services.flatMap(([, { secrets = [] }]) => secrets)
		};
		for (const kind of ['networks', 'volumes', 'configs', 'secrets'] as const) {
			expect([...new Set(used[kind])].sort(), kind).toEqual(Object.keys(file[kind] ?? {}).sort());
		}
	});

	test('its example lists exactly the settings that it reads', () => {
		const example = readExample(path === 'stack.yml' ? 'deployment/.env.example' : inFolder('.env.example'));
		const variables = variablesIn(path);
		expect([...variables].filter((name) => !example.has(name))).toEqual([]);
		const scripts = globSync(SCRIPTS[path] ?? inFolder('*.sh'))
			.map((script) => readFileSync(script, 'utf8'))
			.join('\n');
		const isRead = (name: string) => variables.has(name) || new RegExp(`\\b${name}\\b`).test(scripts);
		expect([...example.keys()].filter((name) => !isRead(name))).toEqual([]);
	});

	test('required settings are enforced, and defaults match the example', () => {
		const text = readFileSync(path, 'utf8').replaceAll('$$', '');
		const example = readExample(path === 'stack.yml' ? 'deployment/.env.example' : inFolder('.env.example'));
		const uses = [...text.matchAll(/\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g)];
		const hasDefault = (name: string) => uses.some(([, other, kind]) => other === name && kind === '-');
		const demanded = uses.filter(([, , kind]) => kind === '?').map(([, name]) => name);
		const required = [...example].filter(([name, { isRequired }]) => isRequired && variablesIn(path).has(name));
		expect(required.map(([name]) => name).filter((name) => !demanded.includes(name) && !hasDefault(name))).toEqual([]);
		for (const [, name = '', kind, word = ''] of uses) {
			if (kind === undefined) expect(demanded).toContain(name);
			if (kind === '-' && word !== '') expect([name, word]).toEqual([name, example.get(name)?.value]);
		}
	});

	test('contains no secret: passwords and keys come from files', () => {
		for (const [name, { environment = {} }] of services) {
			const secrets = Object.entries(environment).filter(([key]) => /PASS|SECRET|TOKEN|_KEY(_|$)/.test(key));
			for (const [key, value] of secrets) expect(value, `${key} of ${name}`).toMatch(/^\/run\/secrets(\/|$)/);
		}
		expect(readFileSync(path, 'utf8')).not.toMatch(/:\/\/[^\s/]+:[^\s/]+@/);
	});

	test('every service has the secrets that it reads', () => {
		for (const [name, { secrets = [], environment = {}, command = [], entrypoint = [], volumes = [] }] of services) {
			const text = [...Object.values(environment), ...command, ...entrypoint].join('\n');
			const read = [...text.matchAll(/\/run\/secrets\/([\w.]+)/g)].map(([, secret]) => secret ?? '');
			const isMounted = volumes.some((volume) => typeof volume === 'string' && volume.includes(':/run/secrets'));
			expect(
				read.filter((secret) => !isMounted && !secrets.includes(secret)),
				name
			).toEqual([]);
		}
	});

	test("every container's log is limited in size", () => {
		for (const [name, { logging }] of services) {
			if (logging.driver === 'local') continue; // limited by default, and not read by Filebeat
			expect([name, logging.driver, logging.options]).toEqual([
				name,
				'json-file',
				expect.objectContaining({ 'max-file': expect.anything(), 'max-size': expect.anything() })
			]);
		}
	});
});

test('Elasticsearch, Kibana and Filebeat have the same version, as has every image that is used twice', () => {
	const images = composePaths.flatMap((path) =>
		Object.values(readComposeFile(path).services).map(({ image }) => image)
	);
	const versions = new Map<string, Set<string>>();
	for (const image of images) {
		const [name = '', tag = ''] = image.split(/:(?=[^:/]+$)/);
		const product = name.startsWith('docker.elastic.co/') ? 'docker.elastic.co' : name;
		versions.set(product, (versions.get(product) ?? new Set()).add(tag));
	}
	expect([...versions].filter(([, tags]) => tags.size > 1)).toEqual([]);
});
