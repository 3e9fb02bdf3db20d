import pg from 'pg';
import { expect, test } from 'vitest';
import { SQL, execute, queryRow } from '#lib/server/database/database.ts';
import { createDeviceId } from '#lib/server/accounts/known-devices.ts';
import { logIn } from '#lib/server/accounts/log-in.ts';
import { createResetPath, findResettable, resetPassword } from '#lib/server/accounts/password-reset.ts';
import { createSession, listEndedSessions } from '#lib/server/accounts/sessions.ts';
import { PASSWORD, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';
import { untilWaiting } from '../wait-for-locks.ts';

const database = useDatabase({ LIMIT_LOG_IN_FAILURES_PER_PAIR: '2/3600', LIMIT_LOG_IN_FAILURES_PER_DEVICE: '2/3600' });

const NEW = 'another piano on the stairs';
const ADDRESS = '192.0.2.1';

const createToken = async (userId: number) => (await createResetPath(userId)).replace('/reset/', '');

const reset = (token: string, password = NEW, repeatedPassword = password, device = createDeviceId()) =>
	resetPassword(token, { password, repeatedPassword }, device);

test('a link sets a new password once and ends all sessions of its account', async () => {
	const [alice, bob] = [await createPerson(), await createPerson()];
	const sessions = [await createSession(alice.id), await createSession(alice.id), await createSession(bob.id)];
	const token = await createToken(alice.id);
	expect(await findResettable(token)).toEqual({ id: alice.id, name: alice.name, email: alice.email });
	expect(await reset(token)).toEqual({ kind: 'reset', name: alice.name });
	expect(await listEndedSessions(sessions)).toEqual(sessions.slice(0, 2));
	const client = { address: ADDRESS, device: null };
	expect(await logIn(alice.name, NEW, client)).toMatchObject({ user: { id: alice.id, name: alice.name } });
	expect(await logIn(alice.name, PASSWORD, client)).toEqual({ invalid: true });
	expect(await findResettable(token)).toBeNull();
	expect(await reset(token, 'a third one of them')).toEqual({ kind: 'gone' });
});

test('of concurrent uses of a link exactly one wins', async () => {
	const { id, name } = await createPerson();
	const token = await createToken(id);
	const passwords = Array.from({ length: 4 }, (_, number) => `${NEW} ${number}`);
	// With the link locked, all of them have found it before the first can use it.
	const holder = new pg.Client({ connectionString: database.config.DATABASE_URL });
	await holder.connect();
	await holder.query('BEGIN');
	await holder.query('SELECT FROM password_resets FOR UPDATE');
	const uses = passwords.map((password) => reset(token, password));
	await untilWaiting(passwords.length);
	await holder.query('ROLLBACK');
	await holder.end();
	const outcomes = await Promise.all(uses);
	expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['gone', 'gone', 'gone', 'reset']);
	const winner = passwords[outcomes.findIndex(({ kind }) => kind === 'reset')] ?? '';
	expect(await logIn(name, winner, { address: ADDRESS, device: null })).toHaveProperty('user');
});

test('a newer link ends an earlier one, and no link works after half an hour', async () => {
	const { id } = await createPerson();
	const [earlier, later] = [await createToken(id), await createToken(id)];
	expect(await reset(earlier)).toEqual({ kind: 'gone' });
	expect(await findResettable(later)).not.toBeNull();
	const row = await queryRow<{ minutes: number }>(
		SQL`SELECT extract(epoch FROM expires_at - now())::float8 / 60 AS minutes FROM password_resets WHERE user_id = ${id}`
	);
	expect(row?.minutes).toBeCloseTo(30, 0);
	await execute(SQL`UPDATE password_resets SET expires_at = now() WHERE user_id = ${id}`);
	expect(await findResettable(later)).toBeNull();
	expect(await reset(later)).toEqual({ kind: 'gone' });
});

test('a refused password leaves the link and the sessions', async () => {
	const { id, name } = await createPerson();
	const session = await createSession(id);
	const token = await createToken(id);
	for (const [password, repeated, field, sentence] of [
		['', '', 'password', 'You have to enter a password'],
		['password', 'password', 'password', 'That password is too common'],
		[name, name, 'password', 'The password cannot be your username or e-mail address'],
		[NEW, `${NEW}!`, 'repeatedPassword', 'The two passwords do not match']
	] as const)
		expect(await reset(token, password, repeated)).toEqual({ kind: 'invalid', field, sentence });
	expect(await listEndedSessions([session])).toEqual([]);
	expect(await reset(token)).toMatchObject({ kind: 'reset' });
});

test('whoever has guessed too often before can log in with the new password at once', async () => {
	const { id, name } = await createPerson();
	const client = { address: '198.51.100.1', device: createDeviceId() };
	for (let attempt = 0; attempt < 2; attempt++) await logIn(name, 'wrong', client);
	expect(await logIn(name, PASSWORD, client)).toHaveProperty('limited');
	const device = createDeviceId();
	await reset(await createToken(id), NEW, NEW, device);
	expect(await logIn(name, NEW, { ...client, device })).toHaveProperty('user');
});

test('the database has no token', async () => {
	const { id } = await createPerson();
	const token = await createToken(id);
	const row = await queryRow<{ text: string }>(
		SQL`SELECT string_agg(row::text, '') AS text FROM password_resets AS row`
	);
	expect(row?.text).not.toContain(token);
	expect(row?.text).not.toContain(Buffer.from(token).toString('hex'));
	expect(row?.text).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
});
