import { expect, test } from 'vitest';
import { isUsableInvite } from '#lib/server/accounts/invites.ts';
import { listAuditRecords } from '#lib/server/moderation/audit-records.ts';
import { useProgram } from './use-program.ts';

const { run, json } = useProgram({ ORIGIN: 'https://minitwit.example', REGISTRATION: 'invitation' });

test('an invitation is created, listed without its code, and revoked', async () => {
	const { status, lines } = await run(['invites', 'create', '--uses', '3', '--note', 'class', '--by', 'root']);
	const code = lines[1] ?? '';
	expect([status, lines]).toEqual([
		0,
		[
			expect.stringMatching(/^Invitation \d+, for 3 people, until /),
			expect.stringMatching(/^\w{4}-\w{4}-\w{4}-\w{4}$/),
			`https://minitwit.example/register?invite=${code}`
		]
	]);
	expect(await isUsableInvite(code)).toBe(true);
	const listed = await run(['invites', 'list']);
	expect(listed.lines.join('\n')).toMatch(/0 of 3 .*class/);
	expect(listed.lines.join('\n')).not.toContain(code);
	const [invite] = (await json(['invites', 'list'])) as { id: number }[];
	expect((await run(['invites', 'revoke', String(invite?.id)], ['no'])).status).toBe(4);
	expect(await isUsableInvite(code)).toBe(true);
	expect((await run(['invites', 'revoke', String(invite?.id), '--yes', '--by', 'root'])).status).toBe(0);
	expect(await isUsableInvite(code)).toBe(false);
	expect((await run(['invites', 'revoke', String(invite?.id), '--yes'])).status).toBe(1);
	expect(await listAuditRecords({ before: null, limit: 2, userName: null })).toMatchObject([
		{ action: 'invite.revoke', actor_name: 'root' },
		{ action: 'invite.create', actor_name: 'root', reason: 'class' }
	]);
});

test.each([
	['create', '--uses', '0'],
	['create', '--days', 'many'],
	['create', '--note', 'x'.repeat(281)],
	['revoke', 'x', '--yes'],
	['revoke']
])('invites %s %s %s is a usage error', async (...args) => {
	expect((await run(['invites', ...args])).status).toBe(2);
});
