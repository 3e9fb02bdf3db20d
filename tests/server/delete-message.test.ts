import { describe, expect, test } from 'vitest';
import { SQL, execute, queryRow } from '#lib/server/database/database.ts';
import { deleteMessage } from '#lib/server/messages/delete-message.ts';
import { findMessage } from '#lib/server/messages/find-message.ts';
import { listRemovedIds } from '#lib/server/messages/removed-messages.ts';
import { postMessage } from '#lib/server/messages/post-message.ts';
import { readHomeTimeline, readPublicTimeline, readUserTimeline } from '#lib/server/messages/timelines.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { readMessagesJson, readUserMessagesJson } from '#lib/server/simulator/responses.ts';
import { createMessage, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

useDatabase();

const memberOf = ({ id, name }: { id: number; name: string }) => ({ id, name, address: '::1' });

async function createAuthor() {
	const person = await createPerson();
	return { ...memberOf(person), message: await createMessage(person.id, `to be deleted by ${person.name}`) };
}

describe('a deleted message', () => {
	test('is gone from all timelines, the API and the count, and its text is erased', async () => {
		const { message, ...author } = await createAuthor();
		expect(await deleteMessage(author, message.id, author.id)).toEqual({ kind: 'done' });
		for (const timeline of [
			readPublicTimeline(null),
			readUserTimeline(author.id, null),
			readHomeTimeline(author.id, null)
		])
			expect((await timeline).items.map(({ id }) => id)).not.toContain(message.id);
		expect(String(await readMessagesJson(100))).not.toContain(author.name);
		expect(await readUserMessagesJson(author.name, 100)).toBe('[]');
		expect(await findProfile(author.name, null)).toMatchObject({ messages: 0 });
		expect(await findMessage(author.name, message.id)).toBe('deleted');
		const row = await queryRow(SQL`SELECT text, flagged FROM messages WHERE id = ${message.id}`);
		expect(row).toEqual({ text: '', flagged: true });
	});

	test('may be deleted again, also at the same time', async () => {
		const { message, ...author } = await createAuthor();
		const outcomes = await Promise.all(Array.from({ length: 8 }, () => deleteMessage(author, message.id, null)));
		expect(outcomes.map(({ kind }) => kind)).toEqual(Array(8).fill('done'));
		expect(await findProfile(author.name, null)).toMatchObject({ messages: 0 });
	});

	test('is not posted again by a late retry', async () => {
		const author = memberOf(await createPerson());
		const post = { text: 'once', clientId: crypto.randomUUID(), owner: null };
		const first = await postMessage(author, post);
		if (first.kind !== 'posted') throw new Error(first.kind);
		await deleteMessage(author, first.message.id, null);
		expect(await postMessage(author, post)).toMatchObject({ kind: 'deleted' });
		expect(await findProfile(author.name, null)).toMatchObject({ messages: 0 });
		expect(await findMessage(author.name, first.message.id)).toBe('deleted');
	});
});

test('a message that a moderator has flagged is not deleted, so that it can be examined', async () => {
	const { message, ...author } = await createAuthor();
	await execute(SQL`UPDATE messages SET flagged = true WHERE id = ${message.id}`);
	expect(await deleteMessage(author, message.id, null)).toEqual({ kind: 'unknown' });
	const row = await queryRow<{ text: string }>(SQL`SELECT text FROM messages WHERE id = ${message.id}`);
	expect(row?.text).toContain(author.name);
});

test('nobody deletes the message of another, or under another account', async () => {
	const { message, ...author } = await createAuthor();
	const other = memberOf(await createPerson());
	expect(await deleteMessage(other, message.id, null)).toEqual({ kind: 'unknown' });
	expect(await deleteMessage(author, message.id, other.id)).toEqual({ kind: 'wrong-account' });
	expect(await deleteMessage(author, 999_999_999, null)).toEqual({ kind: 'unknown' });
	expect(await findMessage(author.name, message.id)).toMatchObject({ id: message.id });
});

test('pages that were open ask for what was removed among the messages that they show', async () => {
	const author = memberOf(await createPerson());
	const ids: number[] = [];
	for (const text of ['oldest', 'deleted', 'flagged', 'kept', 'newest'])
		ids.push((await createMessage(author.id, text)).id);
	const [oldest = 0, deleted = 0, flagged = 0, , newest = 0] = ids;
	await deleteMessage(author, deleted, null);
	await execute(SQL`UPDATE messages SET flagged = true WHERE id = ${flagged}`);
	expect(await listRemovedIds(oldest, newest)).toEqual([flagged, deleted]);
	expect(await listRemovedIds(newest, newest)).toEqual([]);
});
