import { expect, test } from 'vitest';
import { SQL, execute } from '#lib/server/database/database.ts';
import { exportAccount } from '#lib/server/accounts/export.ts';
import { flagMessages } from '#lib/server/moderation/flagged-messages.ts';
import { createSession } from '#lib/server/accounts/sessions.ts';
import { createCrowd, createFollow, createMessage, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';
import { LIMITED } from './log-in-attempts.ts';

useDatabase({ LIMIT_EXPORTS_PER_ACCOUNT: '2/60' });

async function read(user: { id: number; name: string }, session = ''): Promise<string[]> {
	const outcome = await exportAccount(user, session);
	if ('limited' in outcome) throw new Error('The limit was reached');
	return Array.fromAsync(outcome.parts);
}

test('an export has everything of the account, in order, and no secret', async () => {
	const [alice, bob] = [await createPerson(), await createPerson()];
	const session = await createSession(alice.id, null, 'Firefox on Linux');
	await execute(SQL`UPDATE users SET bio = 'Says "hi"', link = 'https://example.org/' WHERE id = ${alice.id}`);
	const kept = await createMessage(alice.id, 'First "words"\n🐦');
	const deleted = await createMessage(alice.id, 'taken back');
	await execute(SQL`UPDATE messages SET text = '', flagged = true, deleted_at = now() WHERE id = ${deleted.id}`);
	const hidden = await createMessage(alice.id, 'too loud');
	await flagMessages({ kind: 'operator', name: 'root' }, [hidden.id], 'Shouting');
	await createMessage(bob.id, 'not hers');
	await createFollow(alice.name, bob.name);
	const crowd = await createCrowd(2);
	for (const { name } of crowd) await createFollow(name, alice.name);
	const text = (await read(alice, session)).join('');
	const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
	expect(JSON.parse(text)).toEqual({
		exported_at: time,
		account: {
			id: alice.id,
			name: alice.name,
			email: alice.email,
			display_name: null,
			bio: 'Says "hi"',
			link: 'https://example.org/',
			created_at: time
		},
		sessions: [{ device: 'Firefox on Linux', created_at: time, last_seen_at: time, is_current: true }],
		following: [{ id: expect.any(Number), name: bob.name, followed_at: time }],
		followers: crowd.map(({ name }) => ({ id: expect.any(Number), name, followed_at: time })),
		messages: [{ id: kept.id, text: 'First "words"\n🐦', posted_at: time }],
		hidden_messages: [
			{
				id: hidden.id,
				text: 'too loud',
				posted_at: time,
				reason: 'Shouting',
				flagged_at: time,
				answer: null,
				answered_at: null
			}
		]
	});
	expect(text).not.toContain('argon2');
});

test('an export of many messages is read in parts of limited size', async () => {
	const [alice] = await createCrowd(1);
	if (!alice) throw new Error('Expected one user');
	const COUNT = 20_000;
	await execute(SQL`
		INSERT INTO messages (author_id, author_name, text)
		SELECT ${alice.id}::bigint, ${alice.name}, 'Message ' || number FROM generate_series(1, ${COUNT}::integer) AS number`);
	const parts = await read(alice);
	const { messages, followers } = JSON.parse(parts.join('')) as { messages: { text: string }[]; followers: unknown[] };
	expect(followers).toEqual([]);
	expect(messages.map(({ text }) => text)).toEqual(Array.from({ length: COUNT }, (_, index) => `Message ${index + 1}`));
	expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(120_000);
});

test('exports are limited per account', async () => {
	const [alice, bob] = await createCrowd(2);
	if (!alice || !bob) throw new Error('Expected two users');
	for (let time = 0; time < 2; time++) await read(alice);
	expect(await exportAccount(alice, '')).toEqual(LIMITED);
	await read(bob);
});
