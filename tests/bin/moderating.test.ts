import { describe, expect, test } from 'vitest';
import { createSession, findSignedIn } from '#lib/server/accounts/sessions.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { SQL, execute } from '#lib/server/database/database.ts';
import { findMessage } from '#lib/server/messages/find-message.ts';
import { postMessage } from '#lib/server/messages/post-message.ts';
import { createMessage, createPerson } from '../factories.ts';
import { useProgram } from './use-program.ts';

const { run, json } = useProgram();
const BECAUSE = ['--reason', 'spam', '--by', 'root'];

async function createAuthor(...texts: string[]) {
	const { id, name } = await createPerson();
	const messages: number[] = [];
	for (const text of texts) messages.push((await createMessage(id, text)).id);
	return { id, name, messages: messages.map(String) };
}

describe('a change', () => {
	test('asks for the reason and for consent, and is made after a yes', async () => {
		const { name } = await createAuthor();
		const { status, asked, lines } = await run(['users', 'suspend', name, '--by', 'root'], ['spam', 'y']);
		expect([status, lines]).toEqual([0, [`${name} is suspended.`]]);
		expect(asked).toEqual(['Reason:', `Suspend ${name}? [y/N]`]);
		expect(await json(['audit', 'list', '--user', name])).toMatchObject([
			{ action: 'user.suspend', actor_kind: 'operator', actor_name: 'root', user_name: name, reason: 'spam' }
		]);
	});

	test.each([
		['the answer is no', [...BECAUSE], ['n'], 4, 'Nothing was changed.'],
		['there is no answer', [...BECAUSE], [''], 4, 'Nothing was changed.'],
		['nobody can answer', [...BECAUSE], undefined, 2, /Nothing was changed: answer with --yes\.$/],
		['no reason is given', ['--yes'], undefined, 2, 'Nothing was changed: say why with --reason TEXT.'],
		['the reason is too long', ['--yes', '--reason', 'x'.repeat(281)], undefined, 2, /^Reason: 280 characters at most/]
	] as const)('is not made if %s', async (_, options, answers, expected, sentence) => {
		const { name, id } = await createAuthor();
		const outcome = await run(['users', 'suspend', name, ...options], answers && [...answers]);
		expect([outcome.status, outcome.lines, outcome.reported]).toEqual([
			expected,
			[],
			[expect.stringMatching(sentence)]
		]);
		const post = { text: 'still here', clientId: null, owner: null };
		expect(await postMessage({ id, name, address: '::1' }, post)).toMatchObject({ kind: 'posted' });
		expect(await json(['audit', 'list', '--user', name])).toEqual([]);
	});

	test('that is none says so and succeeds', async () => {
		const { name } = await createAuthor();
		const { status, lines } = await run(['users', 'restore', name, '--yes', ...BECAUSE]);
		expect([status, lines]).toEqual([0, [`${name} was not suspended.`]]);
	});
});

describe('users', () => {
	test('are listed newest first, found by a part, and shown with what was done', async () => {
		const { name, id } = await createAuthor('one');
		await run(['users', 'suspend', name, '--yes', ...BECAUSE]);
		await run(['moderators', 'grant', name, '--yes', ...BECAUSE]);
		const listed = await json(['users', 'list', '--search', name.toUpperCase(), '--only', 'suspended']);
		expect(listed).toMatchObject([{ id, name, messages: 1, suspension_reason: 'spam', is_moderator: true }]);
		expect(await json(['users', 'list', '--only', 'closed'])).toEqual([]);
		const newest = (await json(['users', 'list', '--limit', '1'])) as { id: number }[];
		expect(await json(['users', 'list', '--before', String(newest[0]?.id), '--limit', '1'])).not.toEqual(newest);
		const { lines } = await run(['users', 'show', name]);
		expect(lines.join('\n')).toMatch(
			/1 message, 0 followers, follows 0\n0 sessions, moderator\nSuspended since .*: spam/
		);
		expect((await run(['moderators', 'list'])).lines.join('\n')).toContain(name);
	});

	test('are renamed, logged out and deleted', async () => {
		const { name, id } = await createAuthor('mine');
		const session = await createSession(id);
		const newName = `${name} anew`;
		expect((await run(['users', 'rename', name, newName, '--yes', ...BECAUSE])).lines).toEqual([
			`${name} is called ${newName} now.`
		]);
		const refused = await run(['users', 'rename', newName, 'login', '--yes', ...BECAUSE]);
		expect([refused.status, refused.reported]).toEqual([2, ['The username is already taken. Nothing was changed.']]);
		expect((await run(['sessions', 'revoke', newName, '--yes', ...BECAUSE])).status).toBe(0);
		expect(await findSignedIn(session)).toBeNull();
		const { asked } = await run(['users', 'delete', newName, ...BECAUSE], ['yes']);
		expect(asked).toEqual([`Delete ${newName} with 1 message, for good? [y/N]`]);
		expect(await findProfile(newName, null)).toBeNull();
		expect((await json(['audit', 'list', '--user', newName])) as object[]).toHaveLength(3);
	});
});

describe('messages', () => {
	test('are flagged by author and text, after they are counted and shown', async () => {
		const { name, messages } = await createAuthor('buy now', 'hello', 'Buy Now!');
		const selected = ['--author', name, '--text', 'BUY now'];
		const dry = await run(['messages', 'flag', ...selected, '--dry-run']);
		expect(dry.lines.at(-1)).toBe('2 messages would be hidden.');
		const flagged = await run(['messages', 'flag', ...selected, ...BECAUSE], ['y']);
		expect(flagged.asked).toEqual(['Hide 2 messages? [y/N]']);
		expect(flagged.reported.join('\n')).toContain('Buy Now!');
		expect(flagged.lines).toEqual(['2 messages hidden.']);
		expect(await findProfile(name, null)).toMatchObject({ messages: 1 });
		expect((await run(['messages', 'flag', ...selected, '--yes', ...BECAUSE])).reported).toEqual([
			'There is no such message to hide.'
		]);
		expect(await json(['messages', 'show', messages[0] ?? ''])).toMatchObject([{ flagged: true, reason: 'spam' }]);
	});

	test('are shown again and deleted by id, with a record each', async () => {
		const { name, messages } = await createAuthor('one', 'two');
		const [one = '', two = ''] = messages;
		await run(['messages', 'flag', one, two, '--yes', ...BECAUSE]);
		expect(await json(['messages', 'unflag', one, two, '--yes', ...BECAUSE])).toEqual({
			ids: [Number(one), Number(two)],
			changed: [Number(one), Number(two)]
		});
		expect((await run(['messages', 'delete', two, '--yes', ...BECAUSE])).lines).toEqual(['1 message deleted.']);
		expect([await findMessage(name, Number(one)), await findMessage(name, Number(two))]).toEqual([
			expect.objectContaining({ text: 'one' }),
			'deleted'
		]);
		expect((await json(['audit', 'list', '--user', name])) as object[]).toHaveLength(5);
	});

	test.each([
		[[], 'Select messages: by id, --text or --author.'],
		[['12x'], '"12x" is not the id of a message.'],
		[['9'.repeat(16)], `"${'9'.repeat(16)}" is not the id of a message.`]
	])('are not selected by %j', async (args, sentence) => {
		const { status, reported } = await run(['messages', 'flag', ...args]);
		expect([status, reported]).toEqual([2, [sentence]]);
	});

	test.each(['%', "'", '\ud800'])('with %j in their text are none, and no other', async (text) => {
		await createAuthor('plain');
		expect((await run(['messages', 'show', '--text', text])).reported).toEqual(['There is no such message.']);
	});

	test('cannot make a terminal do anything', async () => {
		const { name } = await createAuthor('red\u001b[31m\u009b1mtext\nsecond line\u202e');
		const { lines } = await run(['messages', 'show', '--author', name]);
		expect(lines.join('\n')).toContain('red?[31m?1mtext↵second line?');
		const { lines: text } = await run(['messages', 'show', '--author', name, '--json']);
		expect(text.join('\n')).toContain('red\\u001b[31m\\u009b1mtext\\nsecond line\\u202e');
	});
});

test('passwords are counted by the format of their hash', async () => {
	const hashes = [
		'pbkdf2:sha256:600000$salt$00',
		'scrypt:32768:8:1$salt$00',
		'pbkdf2_sha256$1$salt$aa',
		'a'.repeat(32)
	];
	for (const [index, hash] of hashes.entries())
		await execute(SQL`INSERT INTO users (name, email, password_hash) VALUES (${`old ${index}`}, 'a@b', ${hash})`);
	await execute(
		SQL`UPDATE users SET password_hash = replace(password_hash, 't=2', 't=1') WHERE id = (SELECT min(id) FROM users)`
	);
	const formats = (await json(['passwords', 'report'])) as { format: string; is_current: boolean }[];
	expect(formats.map(({ format, is_current }) => `${format} ${is_current}`).sort()).toEqual([
		'argon2id false',
		'argon2id true',
		'md5, unsalted false',
		'pbkdf2:sha256 false',
		'pbkdf2_sha256 false',
		'scrypt false'
	]);
});
