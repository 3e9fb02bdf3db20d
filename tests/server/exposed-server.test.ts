import { describe, expect, test } from 'vitest';
import { checkDemoAccounts, checkSimulatorPassword } from '#lib/server/accounts/published-passwords.ts';
import { PUBLIC_SIMULATOR_PASSWORD, readConfig } from '#lib/server/config.ts';
import { SQL, execute } from '#lib/server/database/database.ts';
import { DEMO_PASSWORD, DEMO_PERSON, createDemoData } from '#lib/server/demo/demo-data.ts';
import { createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

const database = useDatabase();

const PRODUCTION = { NODE_ENV: 'production' };
const configure = (environment: Record<string, string>) =>
	readConfig({ DATABASE_URL: database.config.DATABASE_URL, ...environment });

describe('a published or short simulator password', () => {
	test.each([
		['in production', PRODUCTION],
		['on an address beyond loopback', { HOST: '0.0.0.0' }]
	])('is refused %s', (_case, exposed) => {
		const check = (environment: Record<string, string>) =>
			checkSimulatorPassword(configure({ ...exposed, ...environment }));
		expect(check({})).toMatch(/^SIMULATOR_PASSWORD is the published one, .* ACCEPT_PUBLISHED_SIMULATOR=yes$/);
		expect(check({ SIMULATOR_PASSWORD: PUBLIC_SIMULATOR_PASSWORD })).toMatch(/is the published one/);
		expect(check({ SIMULATOR_PASSWORD: 'eleven char' })).toMatch(/is short, .* at least 12 characters/);
		expect(check({ SIMULATOR_PASSWORD: 'twelve chars' })).toBeNull();
		expect(check({ ACCEPT_PUBLISHED_SIMULATOR: 'yes' })).toBeNull();
	});

	test('is accepted on loopback', () => {
		expect(checkSimulatorPassword(configure({}))).toBeNull();
	});
});

test('demo accounts are refused in production until their passwords change', async () => {
	await createDemoData();
	expect(await checkDemoAccounts(configure(PRODUCTION))).toMatch(/^The database has the demo accounts/);
	expect(await checkDemoAccounts(configure({ ...PRODUCTION, ACCEPT_DEMO_ACCOUNTS: 'yes' }))).toBeNull();
	expect(await checkDemoAccounts(configure({}))).toBeNull();
	// The same names registered with the same password have salts of their own.
	await execute(SQL`DELETE FROM users`);
	for (const name of [DEMO_PERSON, 'Bo']) await createPerson({ name, password: DEMO_PASSWORD });
	expect(await checkDemoAccounts(configure(PRODUCTION))).toBeNull();
});
