import { expect, test } from 'vitest';
import { UNREAD_BODY, readBodyForLog } from '#lib/server/observability/body-for-log.ts';
import { REDACTED } from '#lib/server/observability/redaction.ts';

const read = (body: BodyInit, type?: string, status = 200) =>
	readBodyForLog(
		new Request('http://localhost/', { method: 'POST', body, headers: type ? { 'content-type': type } : {} }),
		status
	);

test('keeps a form without its secrets, a file as its size, and the first of fields with the same name', async () => {
	const form = new FormData();
	for (const [name, value] of [
		['username', 'alice'],
		['password', 'hidden'],
		['text', 'first'],
		['text', 'second'],
		['tag', 'hidden']
	] as const) {
		form.append(name, value);
	}
	form.append('content', new Blob(['12345']));
	const expected = { username: 'alice', password: REDACTED, text: 'first', content: '[file of 5 bytes]' };
	expect(await read(form)).toEqual({ ...expected, '[other fields]': 2 });
	expect(await read(new URLSearchParams('username=alice&pass%77ord=hidden'))).toEqual({
		username: 'alice',
		password: REDACTED
	});
});

test('keeps JSON without its secrets', async () => {
	expect(await read('{"content":"Hello","pwd":"hidden","toString":1}', 'application/json; charset=utf-8')).toEqual({
		content: 'Hello',
		pwd: REDACTED,
		'[other fields]': 1
	});
});

test('does not keep JSON sent as a form as a field name', async () => {
	const sent = await read('{"username":"alice","pwd":"hidden"}', 'application/x-www-form-urlencoded');
	expect(sent).toEqual({ '[other fields]': 1 });
});

test('describes, but does not show, a body that is unreadable or of another type', async () => {
	expect(await read('{"pwd":"hidden"', 'application/json')).toBe('[not readable]');
	expect(await read('pwd=hidden', 'multipart/form-data; boundary=x')).toBe('[not readable]');
	for (const json of ['"hidden"', '["pwd","hidden"]', 'null'])
		expect(await read(json, 'application/json')).toBe('[no JSON object]');
	expect(await read('pwd=hidden', 'text/plain')).toBe('[10 bytes of another type]');
});

test.each([403, 413, 421])('does not read the body of a request refused with %d', async (status) => {
	const request = new Request('http://localhost/', { method: 'POST', body: new URLSearchParams('text=Hello') });
	expect(await readBodyForLog(request, status)).toBe(UNREAD_BODY);
	expect(request.bodyUsed).toBe(false);
});

test('handles deeply nested JSON without an error', async () => {
	const depth = 30_000;
	for (const json of ['['.repeat(depth) + ']'.repeat(depth), `{"text":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`])
		expect(JSON.stringify(await read(json, 'application/json')).length).toBeLessThan(200);
});
