import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { SQL, execute, queryRow } from '#lib/server/database/database.ts';
import { describeDevice } from '#lib/server/accounts/device-name.ts';
import { endSession, listSessions } from '#lib/server/accounts/session-list.ts';
import { createSession, findSignedIn } from '#lib/server/accounts/sessions.ts';
import { createCrowd } from '../factories.ts';
import { useDatabase } from '../use-database.ts';
import { newAddress } from './log-in-attempts.ts';

useDatabase();

async function createUser() {
	const [user] = await createCrowd(1);
	if (!user) throw new Error('Expected one user');
	return { ...user, address: newAddress() };
}

const hashOf = (id: string) => createHash('sha256').update(id).digest();
const setTimes = (id: string, seenHoursAgo: number, expiresInHours = 1) =>
	execute(SQL`
		UPDATE sessions SET last_seen_at = now() - ${seenHoursAgo} * interval '1 hour',
			expires_at = now() + ${expiresInHours} * interval '1 hour'
		WHERE id_hash = ${hashOf(id)}`);
const seenAt = async (id: string) =>
	(await queryRow<{ at: Date }>(SQL`SELECT last_seen_at AS at FROM sessions WHERE id_hash = ${hashOf(id)}`))?.at;

test('the list has the present session first, then the one seen last, and none that has expired', async () => {
	const user = await createUser();
	const [old, expired, here, recent] = [
		await createSession(user.id, null, 'Safari on iPhone'),
		await createSession(user.id, null, 'Edge on Windows'),
		await createSession(user.id, null, 'Firefox on Linux'),
		await createSession(user.id)
	];
	await createSession((await createUser()).id, null, 'of somebody else');
	await setTimes(old, 48);
	await setTimes(here, 72);
	await setTimes(expired, 1, -1);
	const listed = await listSessions(user.id, here);
	expect(listed.map(({ device, is_current }) => [device, is_current])).toEqual([
		['Firefox on Linux', true],
		[null, false],
		['Safari on iPhone', false]
	]);
	// What the page contains identifies a session, and cannot be used as one.
	for (const id of [old, here, recent])
		for (const secret of [id, hashOf(id).toString('hex')]) expect(JSON.stringify(listed)).not.toContain(secret);
});

test('a listed session is ended by its user only', async () => {
	const [alice, bob] = [await createUser(), await createUser()];
	const [here, elsewhere] = [await createSession(alice.id), await createSession(alice.id)];
	const handle = (await listSessions(alice.id, here))[1]?.handle ?? '';
	expect(await endSession({ member: bob, owner: bob.id }, handle)).toEqual({ kind: 'unknown' });
	expect(await endSession({ member: alice, owner: bob.id }, handle)).toEqual({ kind: 'wrong-account' });
	for (const other of ['', 'x', '\0', hashOf(elsewhere).toString('hex')])
		expect(await endSession({ member: alice, owner: null }, other)).toEqual({ kind: 'unknown' });
	expect(await findSignedIn(elsewhere)).not.toBeNull();
	expect(await endSession({ member: alice, owner: alice.id }, handle)).toEqual({ kind: 'done' });
	expect(await findSignedIn(elsewhere)).toBeNull();
	expect(await findSignedIn(here)).not.toBeNull();
});

test('a visit is noted at most once an hour', async () => {
	const { id: userId } = await createUser();
	const id = await createSession(userId);
	await setTimes(id, 0.9);
	const before = await seenAt(id);
	await findSignedIn(id);
	expect(await seenAt(id)).toEqual(before);
	await setTimes(id, 1.1);
	await findSignedIn(id);
	expect(Date.now() - Number(await seenAt(id))).toBeLessThan(60_000);
});

test.each([
	['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
	[
		'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
		'Safari on macOS'
	],
	[
		'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0.0.0 Mobile/15E148 Safari/604.1',
		'Chrome on iPhone'
	],
	[
		'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0',
		'Edge on Windows'
	],
	[
		'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
		'Samsung Internet on Android'
	],
	[
		'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
		'Chrome on ChromeOS'
	],
	['curl/8.14.1', null],
	['', null],
	[null, null]
])('%s is called %s', (userAgent, name) => expect(describeDevice(userAgent)).toBe(name));
