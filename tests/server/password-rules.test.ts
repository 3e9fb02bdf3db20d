import { expect, test } from 'vitest';
import { findPasswordFault } from '#lib/server/password-rules.ts';

test.each(['tr0ub4dor&3', 'correct horse battery', 'ä'.repeat(512), '🐦🐦🐦🐦🐦🐦🐦🐦', ' 8 blank '])(
	'%j is accepted',
	(password) => expect(findPasswordFault(password)).toBeNull()
);

test.each([
	['', 'You have to enter a password'],
	['short 7', 'at least 8 characters'],
	['🐦🐦🐦🐦🐦🐦🐦', 'at least 8 characters'],
	['a'.repeat(1025), 'at most 1024 bytes'],
	['ä'.repeat(513), 'at most 1024 bytes'],
	['password', 'most common'],
	['PassWord', 'most common'],
	['12345678', 'most common'],
	['iloveyou', 'most common']
])('%j is refused: %s', (password, reason) => expect(findPasswordFault(password)).toContain(reason));
