import { expect, test } from 'vitest';
import {
	type RequestRecord,
	clientFields,
	createLogger,
	logRequest,
	requestId
} from '#lib/server/observability/log.ts';

const record: RequestRecord = {
	id: 'abc-1',
	address: '192.0.2.1',
	user: 'alice',
	method: 'POST',
	route: '/msgs/:username',
	path: '/msgs/alice',
	query: 'latest=7',
	headers: { 'content-type': 'application/json' },
	body: { content: 'Hello\n"world"' },
	status: 204,
	startedAt: 1_764_000_000_000.25,
	seconds: 0.0125
};

/** Returns the parsed log lines of a request. */
function logged(overrides: Partial<RequestRecord>, level = 'info') {
	const lines: string[] = [];
	logRequest(createLogger('minitwit-test', level, { write: (line) => lines.push(line) }), { ...record, ...overrides });
	return lines.map((line) => {
		expect(line.indexOf('\n')).toBe(line.length - 1);
		return JSON.parse(line);
	});
}

test('a request is logged as one line of ECS fields from which it can be replayed', () => {
	const [line, ...further] = logged({});
	expect(further).toEqual([]);
	expect(line).toMatchObject({
		'log.level': 'info',
		'service.name': 'minitwit-test',
		'ecs.version': expect.any(String),
		'@timestamp': expect.any(String),
		message: 'POST /msgs/alice 204',
		client: { ip: '192.0.2.1' },
		user: { name: 'alice' },
		http: {
			route: '/msgs/:username',
			request: { id: 'abc-1', method: 'POST', headers: { 'content-type': 'application/json' } },
			response: { status_code: 204 }
		},
		url: { path: '/msgs/alice', query: 'latest=7' },
		event: { start: '2025-11-24T16:00:00.000250Z', duration: 12_500_000 }
	});
	expect(JSON.parse(line.http.request.body.content)).toEqual(record.body);
});

test('absent values are omitted', () => {
	const [line] = logged({ user: null, query: '', body: undefined });
	expect(line).not.toHaveProperty('user');
	expect(line.url).toEqual({ path: '/msgs/alice' });
	expect(line.http.request).not.toHaveProperty('body');
});

test('a server error is logged with its stack, even at a level that omits requests', () => {
	const [line] = logged({ status: 500, error: new TypeError('broken') }, 'error');
	expect(line).toMatchObject({ 'log.level': 'error', error: { type: 'TypeError', message: 'broken' } });
	expect(line.error.stack_trace).toContain('log.test.ts');
	expect(logged({}, 'error')).toEqual([]);
});

test('a thrown value that is not an Error is logged like one', () => {
	const [line] = logged({ error: 'broken' });
	expect(line).toMatchObject({ error: { type: 'Error', message: 'broken' } });
	expect(line).not.toHaveProperty('err');
});

test('an error keeps type, code, message and stack, but nothing that quotes a value', () => {
	const hidden = 's3cret';
	const refused = Object.assign(new Error('duplicate key value violates unique constraint "users_email"'), {
		code: '23505',
		detail: `Key (email)=(${hidden}) already exists.`,
		where: `unnamed portal parameter $1 = '${hidden}'`,
		parameters: [hidden]
	});
	const odd = Object.assign(new Error(`invalid input syntax for type uuid: "${hidden}"`), { code: '22P02' });
	const notJson = (() => {
		try {
			return JSON.parse(hidden) as never;
		} catch (error) {
			return error;
		}
	})();
	const lines = [refused, odd, notJson].map((error) => logged({ status: 500, error })[0]);
	expect(lines[0].error).toMatchObject({ code: '23505', message: refused.message });
	expect(lines[1].error).toMatchObject({ code: '22P02', message: 'invalid input syntax for type uuid' });
	expect(lines[2].error).toMatchObject({ type: 'SyntaxError' });
	for (const { error } of lines) {
		expect(Object.keys(error).filter((name) => !['type', 'code', 'message', 'stack_trace'].includes(name))).toEqual([]);
		expect(error.stack_trace).toContain('log.test.ts');
	}
	expect(JSON.stringify(lines)).not.toContain(hidden);
});

test('an address that Elasticsearch cannot parse is converted or omitted', () => {
	expect(clientFields('::ffff:192.0.2.1')).toEqual({ client: { ip: '::ffff:192.0.2.1' } });
	expect(clientFields('fe80::1%eth0')).toEqual({ client: { ip: 'fe80::1' } });
	for (const none of [undefined, 'unknown', '']) expect(clientFields(none)).toEqual({});
	expect(logged({ address: 'unknown' })[0]).not.toHaveProperty('client');
});

test('a plain request id is kept, any other is replaced', () => {
	expect(requestId('a-1.b:c_D')).toBe('a-1.b:c_D');
	for (const given of [null, undefined, '', 'a b', 'a\nb', '"', 'ä', 'x'.repeat(129)]) {
		expect(requestId(given)).toMatch(/^[0-9a-f-]{36}$/);
	}
	expect(requestId(null)).not.toBe(requestId(null));
});
