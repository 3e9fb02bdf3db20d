import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { SQL, execute, queryRow, queryRows } from '#lib/server/database/database.ts';
import {
	createSession,
	deleteOtherSessionsOf,
	deleteSession,
	deleteSessionsOf,
	findSignedIn,
	sessionMaxAge
} from '#lib/server/accounts/sessions.ts';
import { createCrowd } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

useDatabase({ SESSION_DAYS: '10', SESSION_MAX_DAYS: '90' });

async function signIn() {
	const [user] = await createCrowd(1);
	if (!user) throw new Error('Expected one user');
	return { user, id: await createSession(user.id) };
}

/** Moves the expiry of a session to `days` from now. */
const leave = (id: string, days: number) =>
	execute(SQL`
		UPDATE sessions SET expires_at = now() + ${days} * interval '1 day'
		WHERE id_hash = ${createHash('sha256').update(id).digest()}`);

const daysLeft = async (userId: number) =>
	(
		await queryRow<{ days: number }>(SQL`
			SELECT date_part('epoch', expires_at - now()) / 86400 AS days FROM sessions WHERE user_id = ${userId}`)
	)?.days;

test('a session identifies its user', async () => {
	const { user, id } = await signIn();
	expect(await findSignedIn(id)).toEqual({ user, renewed: false });
	expect(sessionMaxAge()).toBe(10 * 24 * 3600);
	expect(await daysLeft(user.id)).toBeCloseTo(10, 2);
});

test('the table holds the hash of the id, never the id', async () => {
	const { user, id } = await signIn();
	expect(id.length).toBeGreaterThanOrEqual(32);
	const rows = await queryRows<{ id_hash: Buffer; row: string }>(SQL`
		SELECT id_hash, sessions::text AS row FROM sessions WHERE user_id = ${user.id}`);
	expect(rows).toHaveLength(1);
	expect(rows[0]?.id_hash.toString('hex')).toBe(createHash('sha256').update(id).digest('hex'));
	expect(rows[0]?.row).not.toContain(id);
	expect(rows[0]?.row).not.toContain(Buffer.from(id).toString('hex'));
});

test('rejects anything but the id, including the stored hash', async () => {
	const { id } = await signIn();
	const hash = createHash('sha256').update(id).digest();
	for (const given of [
		'',
		'x',
		'a\0b',
		'\ud800',
		`${id} `,
		id.toUpperCase(),
		hash.toString('hex'),
		hash.toString('base64')
	]) {
		expect(await findSignedIn(given)).toBeNull();
	}
});

test('a visit renews a session in the second half of its lifetime only', async () => {
	const { user, id } = await signIn();
	await leave(id, 5.1);
	expect(await findSignedIn(id)).toMatchObject({ renewed: false });
	expect(await daysLeft(user.id)).toBeCloseTo(5.1, 2);
	await leave(id, 4.9);
	expect(await findSignedIn(id)).toMatchObject({ user, renewed: true });
	expect(await daysLeft(user.id)).toBeCloseTo(10, 2);
});

/** Moves the log-in `days` into the past. */
const age = (id: string, days: number) =>
	execute(SQL`
		UPDATE sessions SET created_at = now() - ${days} * interval '1 day'
		WHERE id_hash = ${createHash('sha256').update(id).digest()}`);

test('a session is renewed up to its maximum age and then ends', async () => {
	const { user, id } = await signIn();
	await age(id, 83);
	await leave(id, 4);
	expect(await findSignedIn(id)).toMatchObject({ user, renewed: true });
	expect(await daysLeft(user.id)).toBeCloseTo(7, 2);
	await age(id, 89.9);
	await leave(id, 0.1);
	expect(await findSignedIn(id)).toMatchObject({ user, renewed: false });
	await age(id, 90.1);
	await leave(id, 9);
	expect(await findSignedIn(id)).toBeNull();
	expect(await daysLeft(user.id)).toBeUndefined();
});

test('an expired session is unknown and leaves no row', async () => {
	const { user, id } = await signIn();
	await leave(id, -0.001);
	expect(await findSignedIn(id)).toBeNull();
	expect(await daysLeft(user.id)).toBeUndefined();
});

test('a user can end one session, all others, or all', async () => {
	const [alice, bob] = [await signIn(), await signIn()];
	const second = await createSession(alice.user.id);
	const third = await createSession(alice.user.id);
	await deleteSession(alice.id);
	expect(await findSignedIn(alice.id)).toBeNull();
	expect(await findSignedIn(second)).not.toBeNull();
	await deleteOtherSessionsOf(alice.user.id, second);
	expect(await findSignedIn(second)).not.toBeNull();
	expect(await findSignedIn(third)).toBeNull();
	await createSession(alice.user.id);
	await deleteSessionsOf(alice.user.id);
	for (const id of [second, third]) expect(await findSignedIn(id)).toBeNull();
	expect(await findSignedIn(bob.id)).not.toBeNull();
});
