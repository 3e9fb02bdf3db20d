import pg from 'pg';
import { expect, test } from 'vitest';
import { MAX_REASON_LENGTH } from '#lib/limits.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { SQL, execute, inTransaction, queryRow } from '#lib/server/database/database.ts';
import { deleteMessage } from '#lib/server/messages/delete-message.ts';
import { findMessage } from '#lib/server/messages/find-message.ts';
import { REMOVED_CHANNEL } from '#lib/server/messages/removed-messages.ts';
import { findPublicTimelineState, readPublicTimeline } from '#lib/server/messages/timelines.ts';
import { listAuditRecords } from '#lib/server/moderation/audit-records.ts';
import { deleteMessages, flagMessages, unflagMessages } from '#lib/server/moderation/flagged-messages.ts';
import { grantModerator, listModerators, revokeModerator } from '#lib/server/moderation/moderators.ts';
import { restoreAccount, suspendAccount } from '#lib/server/moderation/suspensions.ts';
import { createMessage, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

const database = useDatabase();
const operator = { kind: 'operator', name: 'root' } as const;

async function createModerator() {
	const { id, name } = await createPerson();
	await grantModerator(operator, id, 'trusted');
	return { kind: 'moderator', id, name } as const;
}

async function createAuthor() {
	const { id, name } = await createPerson();
	return { id, name, message: (await createMessage(id, `by ${name}`)).id };
}

const readFlag = (id: number) => queryRow(SQL`SELECT reason, answer FROM flags WHERE message_id = ${id}`);
const recordsOn = (userName: string) => listAuditRecords({ before: null, limit: 10, userName });

test('a flagged message is gone, the count is right, and the reason and the record are kept', async () => {
	const { message, name, id } = await createAuthor();
	const moderator = await createModerator();
	const before = await findPublicTimelineState('', null);
	expect(await flagMessages(moderator, [message], '  spam \r\n')).toEqual({ kind: 'done', ids: [message] });
	expect((await readPublicTimeline(null)).items.map((item) => item.id)).not.toContain(message);
	expect(await findMessage(name, message)).toBeNull();
	expect(await findPublicTimelineState('', null)).not.toBe(before);
	expect(await findProfile(name, null)).toMatchObject({ messages: 0 });
	expect(await readFlag(message)).toEqual({ reason: 'spam', answer: null });
	expect(await recordsOn(name)).toMatchObject([
		{
			action: 'message.flag',
			actor_kind: 'moderator',
			actor_id: moderator.id,
			actor_name: moderator.name,
			user_id: id,
			message_id: message,
			reason: 'spam'
		}
	]);
	expect(await flagMessages(moderator, [message, 999_999_999], 'again')).toEqual({ kind: 'done', ids: [] });
	expect(await recordsOn(name)).toHaveLength(1);
});

test('unflagging brings a message back, but not one that its author deleted', async () => {
	const { message, name, id } = await createAuthor();
	const deleted = (await createMessage(id, 'regretted')).id;
	await deleteMessage({ id, name, address: '::1' }, deleted, null);
	await flagMessages(operator, [message], 'spam');
	expect(await unflagMessages(operator, [message, deleted], 'not spam')).toEqual({ kind: 'done', ids: [message] });
	expect(await findMessage(name, message)).toMatchObject({ id: message });
	expect(await findProfile(name, null)).toMatchObject({ messages: 1 });
	expect(await readFlag(message)).toBeNull();
	expect((await recordsOn(name)).map(({ action }) => action)).toEqual(['message.unflag', 'message.flag']);
});

test('an operator deletes messages, flagged ones too: the text and the explanation are erased', async () => {
	const { message, name } = await createAuthor();
	await flagMessages(operator, [message], 'illegal');
	expect(await deleteMessages(operator, [message], 'court order')).toEqual({ kind: 'done', ids: [message] });
	expect(await queryRow(SQL`SELECT text, flagged FROM messages WHERE id = ${message}`)).toEqual({
		text: '',
		flagged: true
	});
	expect([await findMessage(name, message), await readFlag(message)]).toEqual(['deleted', null]);
	expect(await findProfile(name, null)).toMatchObject({ messages: 0 });
	expect(await deleteMessages(operator, [message], 'again')).toEqual({ kind: 'done', ids: [] });
});

test('many messages of several authors are flagged at once, and open pages are told of each', async () => {
	const authors = [await createAuthor(), await createAuthor()];
	await execute(SQL`
		INSERT INTO messages (author_id, author_name, text)
		SELECT id, name, 'flood' FROM users CROSS JOIN generate_series(1, 600) WHERE id = ANY (${authors.map(({ id }) => id)})`);
	const found = await queryRow<{ ids: number[] }>(SQL`SELECT array_agg(id) AS ids FROM messages WHERE text = 'flood'`);
	const told = new Set<number>();
	const { promise, resolve } = Promise.withResolvers<null>();
	const listener = new pg.Client({ connectionString: database.config.DATABASE_URL });
	listener.on('notification', ({ payload = '' }) => {
		for (const id of JSON.parse(payload)) told.add(id);
		if (told.size === 1_200) resolve(null);
	});
	await listener.connect();
	await listener.query(`LISTEN ${REMOVED_CHANNEL}`);
	const outcome = await flagMessages(operator, found?.ids.map(Number) ?? [], 'flood');
	expect(outcome.kind === 'done' && outcome.ids.length).toBe(1_200);
	await promise;
	await listener.end();
	expect(await findProfile(authors[1]?.name ?? '', null)).toMatchObject({ messages: 1 });
});

test.each([
	['', 'Enter a reason'],
	[' \u200b\n', 'Enter a reason'],
	['x'.repeat(MAX_REASON_LENGTH + 1), 'Reason: 280 characters at most'],
	['\0', 'Enter a reason'],
	['a\0', "Reason: these characters can't be used"]
])('nothing is done for the reason %j', async (reason, sentence) => {
	const { message, name } = await createAuthor();
	expect(await flagMessages(operator, [message], reason)).toEqual({ kind: 'invalid', sentence });
	expect(await recordsOn(name)).toEqual([]);
	expect(await findMessage(name, message)).toMatchObject({ id: message });
});

test('the right to moderate ends when it is revoked, and while the moderator is suspended', async () => {
	const { message } = await createAuthor();
	const [former, suspended, stranger] = [await createModerator(), await createModerator(), await createPerson()];
	expect((await listModerators()).map(({ id }) => id)).toEqual(expect.arrayContaining([former.id, suspended.id]));
	expect(await revokeModerator(operator, former.id, 'inactive')).toEqual({ kind: 'done' });
	expect(await revokeModerator(operator, former.id, 'inactive')).toEqual({ kind: 'unchanged' });
	expect(await grantModerator(operator, 999_999_999, 'trusted')).toEqual({ kind: 'unknown' });
	await suspendAccount(operator, suspended.id, 'account taken over');
	for (const { id, name } of [former, suspended, stranger])
		expect(await flagMessages({ kind: 'moderator', id, name }, [message], 'spam')).toEqual({ kind: 'forbidden' });
});

test('a moderator can neither suspend nor restore another one', async () => {
	const [one, other] = [await createModerator(), await createModerator()];
	expect(await suspendAccount(one, other.id, 'rival')).toEqual({ kind: 'forbidden' });
	expect(await suspendAccount(operator, other.id, 'misuse')).toEqual({ kind: 'done' });
	expect(await restoreAccount(one, other.id, 'friend')).toEqual({ kind: 'forbidden' });
	expect(await flagMessages(other, [1], 'spam')).toEqual({ kind: 'forbidden' });
	expect(await restoreAccount(operator, other.id, 'cleared up')).toEqual({ kind: 'done' });
});

test.each([
	['UPDATE', SQL`UPDATE audit_records SET reason = 'another'`],
	['UPDATE of no row', SQL`UPDATE audit_records SET reason = 'another' WHERE false`],
	['DELETE', SQL`DELETE FROM audit_records`],
	['TRUNCATE', SQL`TRUNCATE audit_records`]
])('the database refuses %s of records', async (_, statement) => {
	const { message, name } = await createAuthor();
	await flagMessages(operator, [message], 'spam');
	const refused = 'audit records cannot be changed or deleted';
	await expect(execute(statement)).rejects.toThrow(refused);
	const withoutTriggers = inTransaction(async (run) => {
		await run(SQL`SET LOCAL session_replication_role = replica`);
		return run(statement);
	});
	await expect(withoutTriggers).rejects.toThrow(refused);
	expect(await recordsOn(name)).toHaveLength(1);
});

test('a record outlives the account and the message that it names', async () => {
	const { message, name, id } = await createAuthor();
	await flagMessages(operator, [message], 'spam');
	await execute(SQL`DELETE FROM users WHERE id = ${id}`);
	expect(await recordsOn(name)).toMatchObject([{ message_id: message, user_id: id }]);
});
