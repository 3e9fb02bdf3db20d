import { expect, test } from 'vitest';
import { closeAccount } from '#lib/server/accounts/account-changes.ts';
import { SQL, execute, queryRow, queryRows } from '#lib/server/database/database.ts';
import { type Moderator, listAuditRecords } from '#lib/server/moderation/audit-records.ts';
import { findAccountCase, findMessageCase } from '#lib/server/moderation/cases.ts';
import { flagMessages, unflagMessages } from '#lib/server/moderation/flagged-messages.ts';
import { answerFlag, findOwnHidden, listHidden, listOwnHidden } from '#lib/server/moderation/hidden-messages.ts';
import { grantModerator, revokeModerator } from '#lib/server/moderation/moderators.ts';
import { dismissReports, listReported } from '#lib/server/moderation/report-queue.ts';
import { expiredReports, hasReported, reportMessage } from '#lib/server/moderation/reports.ts';
import { listSuspended, suspendAccount } from '#lib/server/moderation/suspensions.ts';
import { deleteMessage } from '#lib/server/messages/delete-message.ts';
import { PASSWORD, createCrowd, createMessage, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';
import { LIMITED } from './log-in-attempts.ts';

useDatabase({ LIMIT_REPORTS_PER_ACCOUNT: '10/3600' });

const OPERATOR = { kind: 'operator', name: 'root' } as const;
const ADDRESS = { address: '192.0.2.1' };
const DONE = { kind: 'done' };

async function createMember() {
	const [user] = await createCrowd(1);
	if (!user) throw new Error('Expected a user');
	return { ...user, ...ADDRESS };
}

async function createModerator(): Promise<Moderator> {
	const { id, name } = await createMember();
	await grantModerator(OPERATOR, id, 'looks after the place');
	return { kind: 'moderator', id, name };
}

/** Somebody's message. */
async function createStory(text = 'loud') {
	const author = await createMember();
	return { author, id: (await createMessage(author.id, text)).id };
}

const spam = { reason: 'spam', comment: '' };
const report = async (id: number, entered = spam) => reportMessage(await createMember(), id, entered, null);
const queued = async () => (await listReported(null)).items.map(({ message }) => message.id);

test('a report counts once per person and message', async () => {
	const { id } = await createStory();
	const alice = await createMember();
	expect(await hasReported(alice.id, id)).toBe(false);
	for (let time = 0; time < 3; time++) expect(await reportMessage(alice, id, spam, alice.id)).toEqual(DONE);
	await Promise.all([report(id), report(id), report(id, { reason: 'abuse', comment: ' \r\nrude ' })]);
	expect(await hasReported(alice.id, id)).toBe(true);
	expect((await listReported(null)).items.find(({ message }) => message.id === id)).toMatchObject({
		message: { text: 'loud', links: [] },
		reasons: [
			{ reason: 'spam', count: 3 },
			{ reason: 'abuse', count: 1 }
		]
	});
	expect((await findMessageCase(id))?.reports).toHaveLength(4);
	expect((await findMessageCase(id))?.reports).toContainEqual(expect.objectContaining({ comment: 'rude' }));
});

test.each([
	[{ reason: '', comment: '' }, 'reason', 'Choose a reason'],
	[{ reason: 'constructor', comment: '' }, 'reason', 'Choose a reason'],
	[{ reason: 'other', comment: ' ' }, 'comment', 'Say what is wrong with it'],
	[{ reason: 'spam', comment: 'x'.repeat(281) }, 'comment', '280 characters at most'],
	[{ reason: 'spam', comment: 'x\0' }, 'comment', "These characters can't be used"]
])('%j cannot be sent', async (entered, field, sentence) => {
	expect(await report((await createStory()).id, entered)).toEqual({ kind: 'invalid', field, sentence });
});

test('only messages of others that can be seen are reported, and not under another account', async () => {
	const { author, id } = await createStory();
	expect(await reportMessage(author, id, spam, null)).toEqual({ kind: 'unknown' });
	expect(await reportMessage(await createMember(), id, spam, author.id)).toEqual({ kind: 'wrong-account' });
	await flagMessages(OPERATOR, [id], 'shouting');
	expect(await report(id)).toEqual({ kind: 'unknown' });
	expect(await report(Number.MAX_SAFE_INTEGER)).toEqual({ kind: 'unknown' });
	const suspended = await createMember();
	await suspendAccount(OPERATOR, suspended.id, 'spam');
	expect(await reportMessage(suspended, (await createStory()).id, spam, null)).toEqual({
		kind: 'suspended',
		reason: 'spam'
	});
});

test('reports are limited per account', async () => {
	const alice = await createMember();
	const { id } = await createStory();
	for (let time = 0; time < 10; time++) await reportMessage(alice, id, spam, null);
	expect(await reportMessage(alice, id, spam, null)).toEqual({ kind: 'limited', ...LIMITED });
	expect(await report(id)).toEqual(DONE);
});

test('the queue has each message once, the one that was reported last first, in pages', async () => {
	const ids: number[] = [];
	for (let story = 0; story < 31; story++) ids.push((await createStory()).id);
	const [first = 0, second = 0] = ids;
	for (const id of [...ids, first]) await report(id);
	const page = await listReported(null);
	expect(page.items.map(({ message }) => message.id)).toEqual([first, ...ids.slice(2).reverse()]);
	const older = await listReported({ before: page.older ?? 0 });
	expect(older.items[0]?.message.id).toBe(second);
	expect((await listReported({ after: older.newer ?? 0 })).items).toEqual(page.items);
});

test('dismissed reports leave the queue, are recorded, and are not opened again by the same person', async () => {
	const moderator = await createModerator();
	const { author, id } = await createStory();
	const alice = await createMember();
	await reportMessage(alice, id, spam, null);
	expect(await dismissReports(moderator, id, ' ')).toEqual({ kind: 'invalid', sentence: 'Enter a reason' });
	expect(await dismissReports(moderator, id, 'a joke')).toEqual(DONE);
	expect(await dismissReports(moderator, id, 'a joke')).toEqual({ kind: 'unchanged' });
	expect(await queued()).not.toContain(id);
	expect(await listAuditRecords({ before: null, limit: 1, userName: author.name })).toMatchObject([
		{ action: 'reports.dismiss', actor_name: moderator.name, message_id: id, reason: 'a joke' }
	]);
	await reportMessage(alice, id, spam, null);
	expect(await queued()).not.toContain(id);
	await report(id);
	expect(await queued()).toContain(id);
});

test('hiding or deleting a message, and closing its account, take it out of the queue', async () => {
	const moderator = await createModerator();
	const [hidden, deleted] = [await createStory(), await createStory()];
	const closing = await createPerson();
	const closed = await createMessage(closing.id, 'x');
	for (const { id } of [hidden, deleted, closed]) await report(id);
	await flagMessages(moderator, [hidden.id], 'shouting');
	await deleteMessage(deleted.author, deleted.id, null);
	const member = { id: closing.id, name: closing.name, ...ADDRESS };
	await closeAccount({ member, owner: null, password: PASSWORD, device: null });
	const ids = await queued();
	for (const { id } of [hidden, deleted, closed]) expect(ids).not.toContain(id);
	expect(await findMessageCase(deleted.id)).toBeNull();
	expect(await findAccountCase(closing.id)).toBeNull();
	// Shown again, the reports that led to the first decision do not bring it back.
	await unflagMessages(moderator, [hidden.id], 'quiet enough');
	expect(await queued()).not.toContain(hidden.id);
});

test('reports on a deleted message are removed, whenever they came', async () => {
	const [deleted, other] = [await createStory(), await createStory()];
	for (const { id } of [deleted, other]) await report(id);
	await deleteMessage(deleted.author, deleted.id, null);
	await execute(SQL`
		INSERT INTO reports (message_id, reporter_id, reason, comment) VALUES (${deleted.id}, ${other.author.id}, 'spam', '')`);
	await execute(expiredReports(1_000));
	const left = await queryRows<{ message_id: number }>(SQL`SELECT message_id FROM reports`);
	expect(left.map(({ message_id }) => message_id)).not.toContain(deleted.id);
	expect(await queued()).toContain(other.id);
});

test('whatever the queue counts, the case shows, also what somebody reported who has closed their account', async () => {
	const { id } = await createStory();
	const leaving = await createPerson();
	const member = { id: leaving.id, name: leaving.name, ...ADDRESS };
	await reportMessage(member, id, { reason: 'abuse', comment: 'rude' }, null);
	await report(id);
	await closeAccount({ member, owner: null, password: PASSWORD, device: null });
	const listed = (await listReported(null)).items.find(({ message }) => message.id === id);
	const shown = (await findMessageCase(id))?.reports;
	expect(listed?.reasons).toEqual([
		{ reason: 'abuse', count: 1 },
		{ reason: 'spam', count: 1 }
	]);
	expect(shown).toHaveLength(2);
	expect(shown).toContainEqual(expect.objectContaining({ comment: 'rude', reporter_name: null, is_open: true }));
});

test('nobody dismisses without the right to moderate', async () => {
	const moderator = await createModerator();
	const { id } = await createStory();
	await report(id);
	await revokeModerator(OPERATOR, moderator.id, 'left');
	expect(await dismissReports(moderator, id, 'a joke')).toEqual({ kind: 'forbidden' });
	expect(await queued()).toContain(id);
});

test('the author alone sees what is hidden and why, and answers once', async () => {
	const moderator = await createModerator();
	const { author, id } = await createStory('Loud');
	await flagMessages(moderator, [id], 'shouting');
	const flag = { reason: 'shouting', answer: null, answered_at: null, flagged_at: expect.any(Date) };
	expect(await findOwnHidden(author.id, id)).toMatchObject({ message: { id, text: 'Loud' }, flag });
	expect((await listOwnHidden(author.id, null)).items).toHaveLength(1);
	const stranger = await createMember();
	expect(await findOwnHidden(stranger.id, id)).toBeNull();
	expect(await answerFlag(stranger, id, 'mine', null)).toEqual({ kind: 'unknown' });
	for (const [text, sentence] of [
		[' ', 'Write something first'],
		['x'.repeat(281), '280 characters at most'],
		['\ud800', "These characters can't be used"]
	] as const)
		expect(await answerFlag(author, id, text, null)).toEqual({ kind: 'invalid', sentence });
	expect(await answerFlag(author, id, 'I was happy', stranger.id)).toEqual({ kind: 'wrong-account' });
	const answers = await Promise.all([1, 2, 3].map(() => answerFlag(author, id, 'I was happy', author.id)));
	expect(answers.map(({ kind }) => kind).sort()).toEqual(['done', 'unknown', 'unknown']);
	const listed = (await listHidden(null)).items.find(({ message }) => message.id === id);
	expect(listed?.flag).toMatchObject({ reason: 'shouting', answer: 'I was happy', answered_at: expect.any(Date) });
	// After a second decision, they may answer again.
	await unflagMessages(moderator, [id], 'fine');
	expect((await listOwnHidden(author.id, null)).items).toEqual([]);
	await flagMessages(moderator, [id], 'again');
	expect(await answerFlag(author, id, 'Still happy', null)).toEqual(DONE);
});

test('an author reads all hidden messages, in pages, and nobody else does', async () => {
	const author = await createMember();
	const ids: number[] = [];
	for (let number = 0; number < 31; number++) ids.push((await createMessage(author.id, `${number}`)).id);
	await flagMessages(OPERATOR, ids, 'flood');
	const newest = await listOwnHidden(author.id, null);
	expect(newest.items.map(({ message }) => message.id)).toEqual(ids.slice(1).reverse());
	const { items, older } = await listOwnHidden(author.id, { before: newest.older ?? 0 });
	expect([items.map(({ message }) => message.id), older]).toEqual([[ids[0]], null]);
	expect(await findOwnHidden(author.id, ids[0] ?? 0)).toMatchObject({ flag: { reason: 'flood' } });
	expect((await listOwnHidden((await createMember()).id, null)).items).toEqual([]);
});

test('a case shows the message, its author and what was done', async () => {
	const moderator = await createModerator();
	const { author, id } = await createStory();
	await flagMessages(moderator, [id], 'shouting');
	await suspendAccount(moderator, author.id, 'too loud');
	expect(await findMessageCase(id)).toMatchObject({
		is_hidden: true,
		flag: { reason: 'shouting' },
		author: {
			name: author.name,
			suspension: 'too loud',
			hidden_messages: 1,
			records: [{ action: 'user.suspend' }, { action: 'message.flag' }]
		}
	});
	expect((await listSuspended(null)).items).toContainEqual(
		expect.objectContaining({ id: author.id, name: author.name, reason: 'too loud' })
	);
	await queryRow(SQL`DELETE FROM flags WHERE message_id = ${id}`);
	expect(await findMessageCase(id)).toMatchObject({ is_hidden: true, flag: null });
});
