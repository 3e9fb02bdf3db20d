import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { repeatBody } from '../../bin/replay/bodies.ts';
import { type LoggedRequest, parseRequest, readLoggedRequests } from '../../bin/replay/logged-requests.ts';
import { NOON, lineOf } from './logged-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'minitwit-replay-'));

function writeLog(name: string, lines: string[]): string {
	const file = join(folder, name);
	writeFileSync(file, lines.join(''));
	return file;
}

function requestOf(fields: Parameters<typeof lineOf>[0]): LoggedRequest {
	const request = parseRequest(lineOf(fields));
	if (!request) throw new Error('The line is not a request');
	return request;
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a log', () => {
	test('split over several files is read in the order of the requests', async () => {
		const web = writeLog('web.log', [
			lineOf({ path: '/third', startedAt: NOON + 1.002 }),
			'Listening on http://127.0.0.1:3000\n',
			lineOf({ path: '/first', startedAt: NOON })
		]);
		const other = '{"log.level":"info","service.name":"minitwit-api","message":"The API listens"}\n';
		const api = writeLog('api.log', [other, lineOf({ service: 'api', path: '/second', startedAt: NOON + 1.001 })]);
		const { requests, others } = await readLoggedRequests([web, api]);
		expect(requests.map(({ path }) => path)).toEqual(['/first', '/second', '/third']);
		expect(others).toBe(2);
	});

	test('can come from Elasticsearch, which nests field names', () => {
		const { 'service.name': name, ...line } = JSON.parse(lineOf({ user: 'alice', path: '/public', query: 'before=7' }));
		expect(parseRequest(JSON.stringify({ ...line, service: { name } }))).toMatchObject({
			service: 'web',
			user: 'alice',
			path: '/public?before=7'
		});
	});
});

describe('a body', () => {
	const form = { 'content-type': 'application/x-www-form-urlencoded' };
	const json = { 'content-type': 'application/json' };
	const repeat = async (fields: Parameters<typeof lineOf>[0]) =>
		(await repeatBody(requestOf(fields), 'known'))?.bytes.toString();

	test('is rebuilt as a form or as JSON, with the known password', async () => {
		const body = { text: 'ä & [redacted]', password: '[redacted]', password2: '[redacted]' };
		expect(await repeat({ headers: form, body })).toBe('text=%C3%A4+%26+%5Bredacted%5D&password=known&password2=known');
		expect(JSON.parse((await repeat({ headers: json, body: { pwd: '[redacted]', owner: 1 } })) ?? '')).toEqual({
			pwd: 'known',
			owner: 1
		});
		const different = { password: '[redacted]', password2: '[redacted 2]' };
		expect(await repeat({ headers: form, body: different })).toBe('password=known&password2=known+2');
		const odd = { pwd: '[redacted number]', password: '[redacted object]', password2: null };
		expect(JSON.parse((await repeat({ headers: json, body: odd })) ?? '')).toEqual({
			pwd: 0,
			password: {},
			password2: null
		});
	});

	test('has placeholders for values that were not logged, and omits unknown fields', async () => {
		const body = { email: '[redacted]', text: 'abc', '[cut]': { text: 5 }, '[other fields]': 7 };
		expect(JSON.parse((await repeat({ headers: json, body })) ?? '')).toEqual({
			email: 'replayed@example.org',
			text: 'abcxx'
		});
		const names = [];
		for (const id of ['one', 'two']) {
			const refused = await repeat({ id, headers: form, status: 400, body: { username: '[redacted]' } });
			names.push(new URLSearchParams(refused).get('username'));
		}
		expect(names).toEqual(['replayed one', 'replayed two']);
	});

	test('has a wrong password if the original request was refused', async () => {
		expect(await repeat({ headers: form, status: 400, body: { password: '[redacted]' } })).toBe('password=');
	});

	test('that was not logged keeps its length, and a multipart body is multipart again', async () => {
		expect(await repeat({ body: undefined })).toBeUndefined();
		expect(await repeat({ headers: { ...json, 'content-length': '15' }, body: 'no JSON object, 15 bytes' })).toBe(
			'x'.repeat(15)
		);
		const huge = { ...json, 'content-length': '99999999999' };
		expect((await repeat({ headers: huge, body: '[not readable]' }))?.length).toBe(1024 * 1024);
		const headers = { 'content-type': 'multipart/form-data; boundary=old' };
		const parts = await repeatBody(
			requestOf({ headers, body: { text: 'a\r\nb', file: '[file of 5 bytes]' } }),
			'known'
		);
		const read = await new Response(parts?.bytes.toString(), {
			headers: { 'content-type': parts?.type ?? '' }
		}).formData();
		expect(read.get('text')).toBe('a\r\nb');
		expect(read.get('file')).toHaveProperty('size', 5);
	});
});
