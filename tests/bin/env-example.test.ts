import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Config, configKeys, readConfig } from '#lib/server/config.ts';
import { commandLineKeys } from '../../bin/environment.ts';

const example = new Map(
	[...readFileSync('.env.example', 'utf8').matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, key, value]) => [key, value])
);

test('the example lists every key and no others', () => {
	expect([...example.keys()]).toEqual([...configKeys, ...commandLineKeys]);
});

test('the example shows the defaults', () => {
	const url = example.get('DATABASE_URL');
	const shown = readConfig({ ...Object.fromEntries(example), DATABASE_URL: url });
	const defaults: Config = readConfig({ DATABASE_URL: url });
	const withoutDefault = ['ORIGIN', 'API_ORIGIN', 'DATABASE_READ_URL', 'SMTP_URL', 'MAIL_FROM'];
	const examples = Object.fromEntries(withoutDefault.map((key) => [key, example.get(key)]));
	expect(shown).toEqual({ ...defaults, ...examples });
});
