import { describe, expect, test } from 'vitest';
import { REDACTED, redactBody, redactHeaders, redactQuery } from '#lib/server/redaction.ts';

describe('a body', () => {
	test('keeps everything but the values under the name of a secret, at any depth', () => {
		const body = {
			username: 'alice',
			pwd: 'one',
			password2: { inner: 'two' },
			list: [{ accessToken: 'three', text: 'Hello' }, null, 4]
		};
		expect(redactBody(body)).toEqual({
			username: 'alice',
			pwd: REDACTED,
			password2: '[redacted object]',
			list: [{ accessToken: '[redacted 2]', text: 'Hello' }, null, 4]
		});
		expect(body.pwd).toBe('one');
	});

	test('tells which secrets were the same, which were empty, and what was no text', () => {
		const body = {
			pwd: 'one',
			password2: 'two',
			again: { token: 'one' },
			secret: '',
			api_key: 7,
			session: [null, ['a']]
		};
		expect(redactBody(body)).toEqual({
			pwd: REDACTED,
			password2: '[redacted 2]',
			again: { token: REDACTED },
			secret: '',
			api_key: '[redacted number]',
			session: [null, '[redacted object]']
		});
	});

	test('that is no object stays as it is', () => {
		expect(['text', 7, null, undefined].map(redactBody)).toEqual(['text', 7, null, undefined]);
	});

	test('nested deeper than any of ours can still be written as JSON', () => {
		const depth = 30_000;
		const lists = JSON.parse('['.repeat(depth) + ']'.repeat(depth));
		const objects = JSON.parse('{"a":'.repeat(depth) + '{"pwd":"hidden"}' + '}'.repeat(depth));
		expect(JSON.stringify(redactBody(lists)).length).toBeLessThan(200);
		expect(JSON.stringify(redactBody(objects))).not.toContain('hidden');
		expect(JSON.stringify(redactBody({ pwd: lists })).length).toBeLessThan(200);
	});
});

describe('a query string', () => {
	test('is kept to the letter when it holds no secret', () => {
		expect(redactQuery('?latest=7&no=%20a+b')).toBe('latest=7&no=%20a+b');
		expect(redactQuery('')).toBe('');
	});

	test('loses every value of a secret, however its name is written', () => {
		const redacted = new URLSearchParams(redactQuery('?PassWord=one&p%61ssword2=two&api_key=three&no=5&PassWord=four'));
		expect(redacted.get('no')).toBe('5');
		expect(redacted.toString()).not.toMatch(/one|two|three|four/);
		expect(redacted.get('password2')).toBe(REDACTED);
	});

	test('with broken escapes is no error', () => {
		expect(redactQuery('?pwd=%E0%A4%A&x=%')).not.toContain('%E0%A4%A');
	});
});

describe('headers', () => {
	const redact = (given: Record<string, string>) => redactHeaders((name) => given[name]);

	test('say that a secret was sent and not which', () => {
		expect(redact({ authorization: 'Basic c2VjcmV0', cookie: 'session=secret' })).toEqual({
			authorization: REDACTED,
			cookie: REDACTED
		});
	});

	test('that help to repeat the request are kept, others are not', () => {
		expect(redact({ 'user-agent': 'test', 'content-type': 'text/plain', 'x-auth-token': 'secret' })).toEqual({
			'user-agent': 'test',
			'content-type': 'text/plain'
		});
	});
});
