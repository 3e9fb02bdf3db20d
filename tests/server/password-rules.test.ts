import { expect, test } from 'vitest';
import { validatePassword } from '#lib/server/accounts/password-rules.ts';

const KNOWN = ['Zoë ｏｆ the ☂', 'zoe@example.org'];

test.each([
	'tr0ub4dor&3',
	'correct horse battery',
	'äö'.repeat(256),
	'🐦🐦🐦🐦🐦🐦🐦🐧',
	' 8 blank ',
	'zoë of the ☂ sea',
	'minitwit is fun'
])('accepts %j', async (password) => expect(await validatePassword(password, KNOWN)).toBeNull());

test.each([
	['', 'You have to enter a password'],
	['short 7', 'at least 8 characters'],
	['🐦🐦🐦🐦🐦🐦🐦', 'at least 8 characters'],
	['ab'.repeat(513), 'at most 1024 bytes'],
	['äö'.repeat(257), 'at most 1024 bytes'],
	['password', 'too common'],
	['PassWord', 'too common'],
	['12345678', 'too common'],
	['iloveyou', 'too common'],
	['minitwit', 'too common'],
	[' MiniTwit', 'too common'],
	['ｍｉｎｉｔｗｉｔ', 'too common'],
	['Zoë of the ☂', 'username or e-mail'],
	['ZOË OF THE ☂ ', 'username or e-mail'],
	['Zoe@Example.ORG', 'username or e-mail'],
	['a'.repeat(8), 'one character over and over'],
	['ä'.repeat(512), 'one character over and over'],
	['🐦'.repeat(8), 'one character over and over'],
	[' '.repeat(20), 'spaces alone'],
	[' \u00a0\t\u200b'.repeat(3), 'spaces alone'],
	['\u3164'.repeat(8), 'spaces alone']
])('rejects %j: %s', async (password, reason) => expect(await validatePassword(password, KNOWN)).toContain(reason));
