import { readFileSync } from 'node:fs';
import { globSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
	KNOWN_FIELDS,
	REDACTED,
	redactBody,
	redactHeaders,
	redactPath,
	redactQuery
} from '#lib/server/observability/redaction.ts';

const redact = (body: Record<string, unknown>, isAccepted = true) =>
	redactBody({ count: Object.keys(body).length, find: (name) => body[name] }, isAccepted);

describe('a body', () => {
	test('keeps public fields and shows only that a secret was present', () => {
		expect(redact({ username: 'alice', email: 'a@example.org', pwd: 'one', text: 'Hello', owner: 7 })).toEqual({
			username: 'alice',
			email: REDACTED,
			pwd: REDACTED,
			text: 'Hello',
			owner: 7
		});
	});

	test('keeps only the number of other fields, neither name nor value', () => {
		const others = { otp: '123456', jwt: 'eyJ', code: 'abc', '{"pwd":"hidden"}': '', pin: 1, nested: { text: 'x' } };
		expect(redact({ ...others, text: 'Hello' })).toEqual({ text: 'Hello', '[other fields]': 6 });
	});

	test('that was refused keeps no username, which may be a password in the wrong field', () => {
		expect(redact({ username: 'hunter2' }, false)).toEqual({ username: REDACTED });
	});

	test('shows which passwords were equal, which secrets were empty, and which were not text', () => {
		expect(redact({ password: 'one', password2: 'two', pwd: 'one' })).toEqual({
			password: REDACTED,
			password2: '[redacted 2]',
			pwd: REDACTED
		});
		expect(redact({ password: '', password2: 7, pwd: ['hidden'], email: null })).toEqual({
			password: '',
			password2: '[redacted number]',
			pwd: '[redacted object]',
			email: null
		});
	});

	test('keeps only the type of an object or list in a known field', () => {
		expect(redact({ text: { password: 'hidden' }, content: ['hidden'] })).toEqual({ text: {}, content: [] });
	});

	test('is cut if it is long, with the original length', () => {
		const logged = redact({ text: 'x'.repeat(50_000), content: '\u0001'.repeat(600), name: 'y'.repeat(600) });
		expect(logged['[cut]']).toEqual({ text: 50_000, name: 600 });
		expect(logged.text).toBe('');
		const all = Object.fromEntries(KNOWN_FIELDS.map((name) => [name, '😀'.repeat(50_000)]));
		expect(Buffer.byteLength(JSON.stringify(redact(all)))).toBeLessThan(6_000);
		expect(redact({ text: 'ä'.repeat(560) })).toEqual({ text: 'ä'.repeat(560) });
	});
});

describe('the known fields', () => {
	const fieldsIn = (pattern: string, name: RegExp) =>
		globSync(pattern).flatMap((file) => [...readFileSync(file, 'utf8').matchAll(name)].map(([, field = '']) => field));

	test('include every form field', () => {
		const fields = fieldsIn('src/**/*.svelte', /<(?:input|textarea|select|button|Field)\b[^>]*?\sname="([^"]+)"/g);
		expect(fields).toContain('password2');
		// The search for people is a parameter of an address, which the log leaves out.
		expect(fields.filter((name) => !KNOWN_FIELDS.includes(name))).toEqual(['q']);
	});
});

describe('a path', () => {
	test.each(['/reset/hidden', '//reset//hidden', '/%72eset/hidden', '/reset%2Fhidden%zz', '/Reset/hidden/__data.json'])(
		'loses the token of a link to a new password: %s',
		(path) => expect(redactPath(path)).toBe(`/reset/${REDACTED}`)
	);

	test.each(['/', '/reset', '/reset/', '/reset-me/x', '/u/reset/followers', '/%zz', '/alice/7'])(
		'is kept: %s',
		(path) => expect(redactPath(path)).toBe(path)
	);
});

describe('a query string', () => {
	test('is kept verbatim if every parameter may be shown', () => {
		expect(redactQuery('?latest=7&no=%20a+b')).toBe('latest=7&no=%20a+b');
		expect(redactQuery('')).toBe('');
	});

	test('loses every unknown parameter, however its name is encoded', () => {
		expect(redactQuery('?otp=one&p%61ssword2=two&api_key=three&no=5&PassWord=four&jwt&%E0%A4%A=five')).toBe(
			`no=5&${REDACTED}`
		);
		expect(redactQuery('n%6f=5')).toBe('n%6f=5');
		expect(redactQuery('next=%2Fpublic%3Ftoken%3Dhidden&text=a+draft')).toBe(REDACTED);
	});
});

describe('headers', () => {
	const redactAll = (given: Record<string, string>) => redactHeaders((name) => given[name]);

	test('show that a secret was sent but not its value', () => {
		expect(redactAll({ authorization: 'Basic c2VjcmV0', cookie: 'session=secret' })).toEqual({
			authorization: REDACTED,
			cookie: REDACTED
		});
	});

	test('are kept if they are needed to replay the request', () => {
		expect(redactAll({ 'user-agent': 'test', 'content-type': 'text/plain', 'x-auth-token': 'secret' })).toEqual({
			'user-agent': 'test',
			'content-type': 'text/plain'
		});
	});

	test('are cut if they are long', () => {
		expect(redactAll({ 'user-agent': 'x'.repeat(5_000) })['user-agent']).toHaveLength(1_024);
	});
});
