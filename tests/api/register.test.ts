import { describe, expect, test } from 'vitest';
import { PASSWORD } from '../factories.ts';
import { SIMULATOR, basic, pathOf, useApi } from './use-api.ts';

const api = useApi();
const ALICE = { username: 'alice', email: 'alice@example.org', pwd: 'x' };

describe('POST /register', () => {
	test('accepts any non-empty password from the simulator', async () => {
		const reply = await api.post('/register', { ...ALICE, username: 'anna', pwd: ' ' });
		expect([reply.statusCode, reply.body]).toEqual([204, '']);
		expect((await api.get('/msgs/anna')).json()).toEqual([]);
	});

	test('applies the rules of the web form to requests without credentials', async () => {
		const somebody = { username: ' Astrid ', email: 'astrid@example.org', pwd: PASSWORD };
		expect((await api.post('/register', somebody, { as: null })).statusCode).toBe(204);
		expect((await api.get('/msgs/Astrid')).json()).toEqual([]);
		for (const [fields, sentence] of [
			[{ username: 'Astrid\u200b' }, 'The username contains invisible characters'],
			[{ username: '\u202eAstrid' }, 'The username contains invisible characters'],
			[{ username: '\u0410strid' }, 'The username mixes letters of different alphabets in a word'],
			[{ username: '\u2800' }, 'You have to enter a username'],
			[{ username: 'ASTRID' }, 'The username is already taken'],
			[{ username: 'login' }, 'The username is already taken'],
			[{ username: 'Simulator' }, 'The username is already taken'],
			[{ email: 'none' }, 'You have to enter a valid email address'],
			[{ pwd: '' }, 'You have to enter a password'],
			[{ pwd: 'x' }, 'The password must have at least 8 characters'],
			[{ pwd: 'password' }, 'That password is too common'],
			[{ username: 'somebody else', pwd: 'Somebody Else' }, 'The password cannot be your username or e-mail address']
		] as [object, string][]) {
			const reply = await api.post('/register', { ...somebody, username: 'free', ...fields }, { as: null });
			expect(reply.json()).toEqual({ status: 400, error_msg: sentence });
		}
		expect((await api.get('/msgs/free')).statusCode).toBe(404);
		const wrong = basic('simulator', 'wrong');
		expect((await api.post('/register', { ...ALICE, username: 'free' }, { as: wrong })).statusCode).toBe(400);
	});

	test.each([
		[{}, 'You have to enter a username'],
		[{ ...ALICE, username: '' }, 'You have to enter a username'],
		[{ ...ALICE, username: ' \t' }, 'You have to enter a username'],
		[{ username: 'bob' }, 'You have to enter a valid email address'],
		[{ ...ALICE, email: 'nobody' }, 'You have to enter a valid email address'],
		[{ username: 'bob', email: '', pwd: '' }, 'You have to enter a valid email address'],
		[{ username: 'bob', email: 'b@c' }, 'You have to enter a password'],
		[{ ...ALICE, pwd: '' }, 'You have to enter a password'],
		[{ ...ALICE, username: 'simulator' }, 'The username is already taken'],
		[{ ...ALICE, username: 'x'.repeat(101) }, 'Username: 100 characters at most']
	])('rejects %j: %s', async (body, sentence) => {
		const reply = await api.post('/register', body);
		expect(reply.statusCode).toBe(400);
		expect(reply.json()).toEqual({ status: 400, error_msg: sentence });
	});

	test('registers a name once, case-sensitively', async () => {
		expect((await api.post('/register', ALICE)).statusCode).toBe(204);
		expect((await api.post('/register', ALICE)).json().error_msg).toBe('The username is already taken');
		expect((await api.post('/register', { ...ALICE, username: 'Alice' })).statusCode).toBe(204);
	});

	test('gives a name to exactly one of several concurrent requests', async () => {
		const replies = await Promise.all(
			Array.from({ length: 8 }, () => api.post('/register', { ...ALICE, username: 'wanted' }))
		);
		expect(replies.map(({ statusCode }) => statusCode).sort()).toEqual([204, ...Array(7).fill(400)]);
	});

	test.each([
		{ ...ALICE, username: 5 },
		{ ...ALICE, username: null },
		{ ...ALICE, email: ['a@b'] },
		{ ...ALICE, pwd: { toString: 'x' } },
		{ ...ALICE, pwd: true }
	])('rejects fields that are not strings: %j', async (body) => {
		const reply = await api.post('/register', body);
		expect(reply.statusCode).toBe(400);
		expect(reply.json().error_msg).toMatch(/^"\w+" must be string$/);
	});

	test.each(['[]', 'null', '"alice"', '5', 'true', '{', '', '{"__proto__":{"a":1}}', '\uFFFE', '{"username":"a"} x'])(
		'rejects a body that is not a JSON object: %s',
		async (payload) => {
			const reply = await api.post('/register', payload, { headers: { 'content-type': 'application/json' } });
			expect(reply.statusCode).toBe(400);
		}
	);

	test('rejects other content types and large bodies', async () => {
		for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'x']) {
			const reply = await api.post('/register', 'username=a', { headers: { 'content-type': type } });
			expect(reply.statusCode).toBe(415);
		}
		expect((await api.post('/register', { ...ALICE, pwd: 'x'.repeat(65_536) })).statusCode).toBe(413);
		const long = { ...ALICE, username: 'patient', pwd: 'x'.repeat(60_000) };
		expect((await api.post('/register', long)).statusCode).toBe(204);
	});

	test.each(['\0', 'nul\0', '\ud800', '.', '..', 'a@b\0'])(
		'handles unusual text without a server error: %j',
		async (text) => {
			const asName = await api.post('/register', { ...ALICE, username: text });
			expect(asName.statusCode).toBe(400);
			const asEmail = await api.post('/register', { username: `mail ${text}`, email: `a@${text}`, pwd: text });
			expect([204, 400]).toContain(asEmail.statusCode);
		}
	);
});

describe('unusual names and texts', () => {
	const NAMES = [
		'with space', `"double" 'single'`, 'a+b', '100%', '%25', '%zz', 'a/b', '/', 'a;b=c', '<script>alert(1)</script>',
		'שלום עולם', 'مرحبا', '👩‍👩‍👧‍👦', 'a?b#c', 'back\\slash', 'a:b', '*', 'constructor', '__proto__', 'é'.normalize('NFD'), '\u202Ertl',
		'new\nline', '𝕏'.repeat(100), 'null', '&latest=5', ' padded '
	]; // prettier-ignore

	test.each(NAMES)('%j round-trips', async (username) => {
		expect((await api.post('/register', { ...ALICE, username })).statusCode).toBe(204);
		const content = `${username} `.repeat(280).slice(0, 200).toWellFormed();
		expect((await api.post(pathOf('msgs', username), { content })).statusCode).toBe(204);
		expect((await api.get(pathOf('msgs', username))).json()).toMatchObject([{ content, user: username }]);
		expect((await api.get('/msgs?no=1')).json()).toMatchObject([{ content, user: username }]);
		await api.post('/register', { ...ALICE, username: `${username.slice(0, 50).toWellFormed()} fan` });
		const fan = pathOf('fllws', `${username.slice(0, 50).toWellFormed()} fan`);
		expect((await api.post(fan, { follow: username })).statusCode).toBe(204);
		expect((await api.get(fan)).json()).toEqual({ follows: [username] });
	});

	test('a message can have 280 emoji but not 281', async () => {
		await api.post('/register', { ...ALICE, username: 'emoji' });
		const content = '😀'.repeat(280);
		expect((await api.post('/msgs/emoji', { content })).statusCode).toBe(204);
		expect((await api.post('/msgs/emoji', { content: `${content}😀` })).statusCode).toBe(400);
		expect((await api.get('/msgs/emoji')).json().map((message: { content: string }) => message.content)).toEqual([
			content
		]);
	});

	test('a user can authenticate with a non-ASCII name and password', async () => {
		const [username, pwd] = ['zoë ☂', 'pässwörd: "☂"'];
		await api.post('/register', { ...ALICE, username, pwd });
		const as = `Basic ${Buffer.from(`${username}:${pwd}`).toString('base64')}`;
		expect(as).not.toBe(SIMULATOR);
		expect((await api.post(pathOf('msgs', username), { content: 'hello' }, { as })).statusCode).toBe(204);
	});
});
