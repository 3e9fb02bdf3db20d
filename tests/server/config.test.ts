import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError, configKeys, readConfig } from '#lib/server/config.ts';

const DATABASE_URL = 'postgres://alice:hidden-word@127.0.0.1:5432/minitwit';

const folder = mkdtempSync(join(tmpdir(), 'minitwit-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
	const path = join(folder, name);
	writeFileSync(path, content);
	return path;
}

/** Returns the message with which a configuration is rejected. */
function refusal(environment: Record<string, string>): string {
	try {
		readConfig(environment);
	} catch (error) {
		if (error instanceof ConfigError) return error.message;
		throw error;
	}
	throw new Error('The configuration was accepted');
}

test('only the database URL is required', () => {
	expect(readConfig({ DATABASE_URL, UNRELATED: 'x' })).toMatchObject({
		DATABASE_URL,
		HOST: '127.0.0.1',
		PORT: 3000,
		API_PORT: 5001,
		TRUSTED_PROXIES: 0,
		SIMULATOR_USERNAME: 'simulator',
		LIMIT_LOG_IN_FAILURES_PER_ACCOUNT: { points: 300, seconds: 86_400 }
	});
});

test('direct connections use the main URL unless DATABASE_DIRECT_URL bypasses the pooler', () => {
	expect(readConfig({ DATABASE_URL })).toMatchObject({ DATABASE_DIRECT_URL: DATABASE_URL });
	expect(readConfig({ DATABASE_URL }).DATABASE_READ_URL).toBeUndefined();
	const direct = DATABASE_URL.replace('5432', '5433');
	expect(readConfig({ DATABASE_URL, DATABASE_DIRECT_URL: direct })).toMatchObject({
		DATABASE_URL,
		DATABASE_DIRECT_URL: direct
	});
});

test('an empty value counts as unset', () => {
	expect(readConfig({ DATABASE_URL, PORT: '', ORIGIN: '' })).toMatchObject({ PORT: 3000 });
});

test('values are parsed with their units', () => {
	const config = readConfig({
		DATABASE_URL,
		PORT: '8080',
		ORIGIN: 'https://minitwit.example',
		SESSION_DAYS: '7',
		LIMIT_POSTS_PER_ACCOUNT: '5/60'
	});
	expect(config).toMatchObject({ PORT: 8080, ORIGIN: 'https://minitwit.example', SESSION_DAYS: 7 });
	expect(config.LIMIT_POSTS_PER_ACCOUNT).toEqual({ points: 5, seconds: 60 });
});

test.each([
	[{}, false],
	[{ HOST: 'localhost' }, false],
	[{ HOST: '::1' }, false],
	[{ HOST: '127.1.2.3', NODE_ENV: 'development' }, false],
	[{ HOST: '0.0.0.0' }, true],
	[{ HOST: '::' }, true],
	[{ HOST: '127.0.0.1.example.org' }, true],
	[{ NODE_ENV: 'production' }, true]
])('%j is exposed: %s', (environment, isExposed) => {
	expect(readConfig({ DATABASE_URL, ...environment })).toMatchObject({ isExposed });
});

describe('an invalid configuration', () => {
	test('is rejected with all invalid keys in one sentence', () => {
		const sentence = refusal({
			DATABASE_READ_URL: 'db.example',
			PORT: '70000',
			API_PORT: 'http',
			LOG_LEVEL: 'loud',
			ORIGIN: 'https://minitwit.example/',
			SESSION_DAYS: '0',
			TRUSTED_PROXIES: '-1',
			LIMIT_POSTS_PER_ADDRESS: '10',
			OPERATOR_CONTACT: 'javascript:alert(1)',
			SOURCE_URL: 'git@git.example:minitwit',
			SIMULATOR_PASSWORD_FILE: join(folder, 'missing')
		});
		expect(sentence).not.toContain('\n');
		for (const problem of [
			'DATABASE_URL is missing',
			'DATABASE_READ_URL must begin with postgres://',
			'PORT must be at most 65535',
			'API_PORT must be a whole number',
			'LOG_LEVEL must be one of fatal',
			'ORIGIN must be an origin',
			'SESSION_DAYS must be at least 1',
			'TRUSTED_PROXIES must be a whole number',
			'LIMIT_POSTS_PER_ADDRESS must be POINTS/SECONDS',
			'OPERATOR_CONTACT must be a mail address or an http(s) address',
			'SOURCE_URL must be an http(s) address',
			'SIMULATOR_PASSWORD_FILE names a file that cannot be read'
		]) {
			expect(sentence).toContain(problem);
		}
	});

	test.each([
		[{ SMTP_URL: 'mail.example.org' }, /SMTP_URL must be the address of a mail server/],
		[{ SMTP_URL: 'smtp://' }, /SMTP_URL must be the address/],
		[{ MAIL_FROM: 'MiniTwit' }, /MAIL_FROM must be an e-mail address/],
		[{ MAIL_FROM: 'a@example.org, b@example.org' }, /MAIL_FROM must be an e-mail address/],
		[{ SMTP_URL: 'smtp://mail.example.org' }, /MAIL_FROM is missing.*ORIGIN is missing/]
	] as const)('is rejected if mails could not be sent (%j)', (keys, problem) => {
		expect(refusal({ DATABASE_URL, ...keys })).toMatch(problem);
	});

	test.each([
		'HOSTNAME_ONLY',
		'mysql://alice:hidden-word@db/minitwit',
		'postgres://alice:hidden-word@db:port/minitwit'
	])('is rejected without showing an invalid database URL (%s)', (value) => {
		const sentence = refusal({ DATABASE_URL: value });
		expect(sentence).toContain('DATABASE_URL');
		expect(sentence).not.toMatch(/hidden-word|HOSTNAME_ONLY/);
	});

	test('is rejected without showing the value of any key', () => {
		const marked = Object.fromEntries(configKeys.map((key) => [key, `<hidden-word of ${key}>`]));
		expect(refusal(marked)).not.toContain('hidden-word');
	});
});

test('mails are sent with a server, a sender and an origin, and not with `none`', () => {
	const keys = { MAIL_FROM: 'MiniTwit <a@example.org>', ORIGIN: 'https://minitwit.example' };
	const SMTP_URL = 'smtps://user:word@mail.example.org';
	expect(readConfig({ DATABASE_URL, ...keys, SMTP_URL })).toMatchObject({ ...keys, SMTP_URL });
	expect(readConfig({ DATABASE_URL, SMTP_URL: 'none' }).SMTP_URL).toBeUndefined();
});

describe('a secret in a file', () => {
	test('is read without the trailing newline', () => {
		const config = readConfig({
			DATABASE_URL_FILE: file('url', `${DATABASE_URL}\n`),
			SIMULATOR_PASSWORD_FILE: file('password', ' from a file \n'),
			SIMULATOR_PASSWORD: 'from the environment'
		});
		expect(config).toMatchObject({ DATABASE_URL, SIMULATOR_PASSWORD: 'from a file' });
	});

	test('is rejected if the file is empty, because the default is public', () => {
		expect(refusal({ DATABASE_URL, SIMULATOR_PASSWORD_FILE: file('empty', '\n') })).toContain(
			'SIMULATOR_PASSWORD_FILE names an empty file'
		);
	});
});
