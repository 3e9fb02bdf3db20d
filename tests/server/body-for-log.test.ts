import { expect, test } from 'vitest';
import { readBodyForLog } from '#lib/server/body-for-log.ts';
import { REDACTED } from '#lib/server/redaction.ts';

const read = (body: BodyInit, type?: string) =>
	readBodyForLog(
		new Request('http://localhost/', { method: 'POST', body, headers: type ? { 'content-type': type } : {} })
	);

test('a form is kept without its secrets, a file as its size', async () => {
	const form = new FormData();
	for (const [name, value] of [
		['username', 'alice'],
		['password', 'hidden'],
		['tag', 'a'],
		['tag', 'b']
	] as const) {
		form.append(name, value);
	}
	form.append('picture', new Blob(['12345']));
	const expected = { username: 'alice', password: REDACTED, tag: ['a', 'b'], picture: '[file of 5 bytes]' };
	expect(await read(form)).toEqual(expected);
	expect(await read(new URLSearchParams('username=alice&pass%77ord=hidden'))).toEqual({
		username: 'alice',
		password: REDACTED
	});
});

test('JSON is kept without its secrets', async () => {
	expect(await read('{"content":"Hello","pwd":"hidden"}', 'application/json; charset=utf-8')).toEqual({
		content: 'Hello',
		pwd: REDACTED
	});
});

test('what cannot be parsed, or is of another type, is described and not shown', async () => {
	expect(await read('{"pwd":"hidden"', 'application/json')).toBe('[not readable]');
	expect(await read('pwd=hidden', 'multipart/form-data; boundary=x')).toBe('[not readable]');
	for (const json of ['"hidden"', '["pwd","hidden"]', 'null'])
		expect(await read(json, 'application/json')).toBe('[no JSON object]');
	expect(await read('pwd=hidden', 'text/plain')).toBe('[10 bytes of another type]');
});

test('JSON that goes deeper than any of ours is no error', async () => {
	const depth = 30_000;
	expect(JSON.stringify(await read('['.repeat(depth) + ']'.repeat(depth), 'application/json')).length).toBeLessThan(
		200
	);
});
