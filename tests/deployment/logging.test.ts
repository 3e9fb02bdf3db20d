import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { SECRET_HEADERS, SIGNIFICANT_HEADERS } from '#lib/server/observability/redaction.ts';
import { findFaults, findFaultsOfLog, findField, template } from '../log-mapping.ts';
import { services, stack } from './stack-services.ts';

const read = (path: string) => readFileSync(`deployment/${path}`, 'utf8');

interface Processor {
	dissect?: { field: string; tokenizer: string };
}

interface SavedObject {
	type: string;
	id: string;
	attributes: Record<string, unknown>;
	references: { type: string; id: string; name: string }[];
}

describe('the index template', () => {
	test('accepts no unknown field', () => {
		expect(template.template.mappings.dynamic).toBe('strict');
		// The default for streams named logs-*: it silently ignores values of the wrong type.
		expect(template.template.settings['index.mode']).toBe('standard');
		expect(JSON.stringify(template.template.mappings.properties)).not.toContain('dynamic');
	});

	test('has exactly the headers that are logged', () => {
		const headers = Object.keys(findField('http.request.headers')?.properties ?? {});
		expect(headers.sort()).toEqual([...SIGNIFICANT_HEADERS, ...SECRET_HEADERS].sort());
	});

	test('has the fields that Filebeat adds', () => {
		const event = {
			'@timestamp': '2026-11-24T23:22:53.123Z',
			message: 'a text of another program',
			stream: 'stderr',
			log: {
				offset: 4096,
				flags: ['multiline'],
				file: { path: '/var/lib/docker/x-json.log', device_id: '1', inode: '2' }
			},
			input: { type: 'filestream' },
			container: {
				id: 'f00',
				name: 'minitwit_web.1.x',
				image: { name: 'minitwit-web:1' },
				labels: { 'com.docker.swarm.service.name': 'minitwit_web' }
			},
			agent: { id: 'a', ephemeral_id: 'b', name: 'node-1', type: 'filebeat', version: '9.5.6' },
			ecs: { version: '8.0.0' },
			host: { name: 'node-1' }
		};
		expect(findFaults(event)).toEqual([]);
	});

	test('deletes lines after 30 days, including those in the failure store', () => {
		const { phases } = JSON.parse(read('logging/lifecycle-policy.json')).policy;
		expect(phases.delete).toEqual({ min_age: '30d', actions: { delete: {} } });
		expect(phases.hot.actions.rollover).toHaveProperty('max_age', '1d');
		expect(read('logging/setup.sh')).toContain(`_ilm/policy/${template.template.settings['index.lifecycle.name']} `);
		expect(template.template.data_stream_options.failure_store).toEqual({
			enabled: true,
			lifecycle: { data_retention: '30d' }
		});
	});
});

test('lines that Elasticsearch would reject are reported', () => {
	expect(findFaults({ 'log.level': 'info', log: { offset: 1 }, client: { ip: '::1' } })).toEqual([]);
	const faults = {
		'http.request.headers.x-other': 'is no field of the template',
		http: 'http has fields, and not the value text',
		'client.ip': 'client.ip is ip, which "text" is not',
		'event.duration': 'event.duration is long, which "text" is not',
		'@timestamp': '@timestamp is date, which "text" is not'
	};
	for (const [name, fault] of Object.entries(faults))
		expect(findFaults({ [name]: 'text' })).toEqual([expect.stringContaining(fault)]);
	expect(findFaults({ event: { duration: 1.5 } })).toHaveLength(1);
	expect(findFaults({ message: { text: 'nested' } })).toHaveLength(1);
	expect(findFaultsOfLog('Listening on http://127.0.0.1:3000\nTypeError: broken\n{"err":{}}\n')).toHaveLength(2);
});

describe('privileges', () => {
	test('Filebeat may only write to the data stream of its output', () => {
		const { output, setup } = flatten(parse(read('filebeat/filebeat.yml')));
		const role = JSON.parse(read('logging/role-writer.json'));
		expect(role.indices).toEqual([{ names: [output.elasticsearch.index], privileges: ['create_doc'] }]);
		expect(role.cluster).toEqual(['monitor']);
		expect(template.index_patterns).toEqual(['logs-minitwit-*']);
		expect(read('logging/setup.sh')).toContain(`stream=${output.elasticsearch.index}\n`);
		expect(read('logging/setup.sh')).toContain(`user ${output.elasticsearch.username} minitwit_log_writer`);
		// Either would need more privileges, and replace our template.
		expect(setup).toEqual({ template: { enabled: false }, ilm: { enabled: false } });
	});

	test('readers may only read', () => {
		const { indices, applications, cluster } = JSON.parse(read('logging/role-reader.json'));
		expect(cluster).toBeUndefined();
		const privileges = [...indices, ...applications].flatMap((entry: { privileges: string[] }) => entry.privileges);
		expect(new Set(privileges)).toEqual(new Set(['read', 'read_failure_store', 'view_index_metadata']));
	});

	test('no file contains a password', () => {
		const { output } = flatten(parse(read('filebeat/filebeat.yml')));
		expect(output.elasticsearch.password).toBe('${FILEBEAT_PASSWORD}');
		expect(output.elasticsearch.ssl.certificate_authorities).toEqual(['${LOGGING_CA_FILE:/run/secrets/logging_ca}']);
	});
});

describe('Filebeat', () => {
	const { filebeat, processors } = flatten(parse(read('filebeat/filebeat.yml')));

	test('reads every container, even one that has written little', () => {
		expect(filebeat.inputs).toHaveLength(1);
		const [input] = filebeat.inputs.map(flatten);
		expect(input.type).toBe('filestream');
		expect(input.parsers).toEqual([{ container: { stream: 'all' } }]);
		expect(input.file_identity).toEqual({ native: null });
		expect(input.prospector.scanner.fingerprint.enabled).toBe(false);
	});

	test("reads the source of a line from the logging driver's tag, in its format", () => {
		const options = stack.services.filebeat?.logging.options ?? {};
		expect(options.labels?.split(',')).toContain('com.docker.swarm.service.name');
		for (const [name, { logging }] of services) expect(logging.options, name).toEqual(options);
		const tag = (processors as Processor[]).find(({ dissect }) => dissect?.field === 'docker.attrs.tag')?.dissect;
		expect(tag?.tokenizer.replaceAll(/%\{\w+(\.\w+)?\}/g, '%')).toBe(options.tag?.replaceAll(/\{\{\.\w+\}\}/g, '%'));
	});

	test("decodes only MiniTwit's lines into fields", () => {
		const decode = processors.at(-1);
		const ours = new RegExp(decode.decode_json_fields.when.regexp.message);
		for (const service of ['minitwit-web', 'minitwit-api', 'minitwit-proxy'])
			expect(ours.test(`{"log.level":"info","service.name":"${service}"}`)).toBe(true);
		for (const line of ['{"service.name":"filebeat"}', 'a text with "service.name":"minitwit-web"'])
			expect(ours.test(line)).toBe(false);
		expect(decode.decode_json_fields).toMatchObject({ fields: ['message'], target: '', overwrite_keys: true });
	});
});

describe('saved objects of Kibana', () => {
	const objects = read('logging/saved-objects.ndjson')
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line) as SavedObject);
	const find = (type: string) => objects.filter((object) => object.type === type);

	test('are a data view of our stream, four searches and a dashboard', () => {
		expect(find('index-pattern').map(({ attributes }) => attributes.title)).toEqual(template.index_patterns);
		expect(find('search').map(({ id }) => id)).toEqual([
			'minitwit-errors',
			'minitwit-request',
			'minitwit-person',
			'minitwit-slow'
		]);
		expect(find('dashboard')).toHaveLength(1);
		expect(new Set(objects.map(({ type, id }) => `${type} ${id}`)).size).toBe(objects.length);
	});

	test('refer only to existing objects', () => {
		for (const { references } of objects)
			for (const { type, id } of references) expect(objects).toContainEqual(expect.objectContaining({ type, id }));
		const [dashboard] = find('dashboard');
		const panels = JSON.parse(String(dashboard?.attributes.panelsJSON)) as {
			panelIndex: string;
			panelRefName: string;
		}[];
		const names = panels.map(({ panelIndex, panelRefName }) => `${panelIndex}:${panelRefName}`);
		expect(dashboard?.references.map(({ name }) => name)).toEqual(names);
		for (const { attributes, references } of find('search')) {
			const meta = attributes.kibanaSavedObjectMeta as { searchSourceJSON: string };
			expect(references.map(({ name }) => name)).toEqual([JSON.parse(meta.searchSourceJSON).indexRefName]);
		}
	});

	test('use only fields of the template', () => {
		const names = objects.flatMap(namesIn);
		expect(names).toContain('http.request.id');
		expect(names.filter((name) => findField(name)?.type === undefined)).toEqual([]);
	});
});

/** The fields that a saved object names: in its columns, sort order, queries and visualizations. */
function namesIn(value: unknown): string[] {
	const text = JSON.stringify(value).replaceAll(/\\+"/g, '"');
	const queries = [...text.matchAll(/"(?:query|input)":"?(.*?)(?:"\}|","filter)/g)].map(([, query = '']) => query);
	const inQueries = queries.flatMap((query) =>
		[...query.matchAll(/([\w.@]+) *(?::|>=|<=|>|<)/g)].map(([, name = '']) => name)
	);
	const drawn = [...text.matchAll(/"sourceField":"([^"]+)"/g)].map(([, name = '']) => name);
	const {
		columns = [],
		sort = [],
		fieldFormatMap = '{}'
	} = (value as SavedObject).attributes as {
		columns?: string[];
		sort?: [string, string][];
		fieldFormatMap?: string;
	};
	const all = [
		...inQueries,
		...drawn,
		...columns,
		...sort.map(([name]) => name),
		...Object.keys(JSON.parse(fieldFormatMap))
	];
	return all.filter((name) => (name !== '___records___' && name.includes('.')) || name === '@timestamp');
}

/** Expands `a.b: c` to `a: {b: c}`, as Beats does. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape is Filebeat's
function flatten(settings: Record<string, unknown>): any {
	const result: Record<string, unknown> = {};
	for (const [name, value] of Object.entries(settings)) {
		const parts = name.split('.');
		let place = result;
		for (const part of parts.slice(0, -1)) place = (place[part] ??= {}) as Record<string, unknown>;
		const last = parts.at(-1) ?? '';
		const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
		place[last] = isObject ? flatten(value as Record<string, unknown>) : value;
	}
	return result;
}
