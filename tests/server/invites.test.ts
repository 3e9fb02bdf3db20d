import { expect, test } from 'vitest';
import { SQL, execute, queryRows } from '#lib/server/database/database.ts';
import { createInvite, listInvites, revokeInvite } from '#lib/server/accounts/invites.ts';
import { configureRegistration, register } from '#lib/server/accounts/registration.ts';
import { listAuditRecords } from '#lib/server/moderation/audit-records.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { PASSWORD, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

useDatabase({ REGISTRATION: 'invitation', LIMIT_REGISTRATIONS_PER_ADDRESS: '100/3600' });

const OPERATOR = { kind: 'operator', name: 'root' } as const;

let count = 0;
const enter = (invite: string | undefined, name = `guest ${++count}`) =>
	register({ name, email: 'a@example.org', password: PASSWORD, invite }, { address: '192.0.2.1' });

const create = (uses = 1) => createInvite(OPERATOR, { uses, days: 1, note: 'for the course' });
const usesOf = async (id: number) => (await listInvites()).find((invite) => invite.id === id)?.uses;

const refused = (sentence: string) => ({ kind: 'invalid', field: 'invite', sentence });
const WRONG = refused('This invitation code is wrong, used up, expired or revoked');

test('without a code, nobody can register and no name is given away', async () => {
	const { name } = await createPerson();
	for (const invite of [undefined, '', ' \t']) {
		expect(await enter(invite, name)).toEqual(refused('You have to enter an invitation code'));
	}
	for (const invite of ['0000-0000-0000-0000', '\0x', '\ud800', 'é'.repeat(60_000)])
		expect(await enter(invite, name)).toEqual(WRONG);
});

test('a code lets one person register, however it is typed', async () => {
	const { code, invite } = await create();
	expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
	const typed = ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `;
	expect(await enter(typed)).toEqual({ kind: 'registered' });
	expect(await enter(code)).toEqual(WRONG);
	expect(await usesOf(invite.id)).toBe(1);
});

test('the database does not contain the code', async () => {
	const { code } = await create();
	const stored = await queryRows<{ row: string }>(SQL`SELECT invites::text AS row FROM invites`);
	const letters = code.replaceAll('-', '');
	for (const { row } of stored) {
		expect(row).not.toContain(code);
		expect(row).not.toContain(letters);
		expect(row).not.toContain(Buffer.from(letters).toString('hex'));
	}
});

test('a code for three is used exactly three times by ten people at once', async () => {
	const { code, invite } = await create(3);
	const outcomes = await Promise.all(Array.from({ length: 10 }, () => enter(code)));
	expect(outcomes.filter(({ kind }) => kind === 'registered')).toHaveLength(3);
	expect(outcomes.filter(({ kind }) => kind !== 'registered')).toEqual(Array(7).fill(WRONG));
	expect(await usesOf(invite.id)).toBe(3);
});

test('a registration that fails uses nothing up', async () => {
	const { code, invite } = await create();
	const { name } = await createPerson();
	expect(await enter(code, name)).toMatchObject({ kind: 'invalid', field: 'name' });
	expect(await enter(code, '')).toMatchObject({ kind: 'invalid', field: 'name' });
	expect(await usesOf(invite.id)).toBe(0);
});

test('a revoked and an expired code do not work', async () => {
	const [revoked, expired] = [await create(), await create()];
	expect(await revokeInvite(OPERATOR, revoked.invite.id)).toMatchObject({ note: 'for the course' });
	expect(await revokeInvite(OPERATOR, revoked.invite.id)).toBeNull();
	expect(await listAuditRecords({ before: null, limit: 3, userName: null })).toMatchObject([
		{ action: 'invite.revoke', actor_name: 'root', details: { invite: revoked.invite.id } },
		{ action: 'invite.create', reason: 'for the course', details: { invite: expired.invite.id, uses: 1, days: 1 } },
		{ action: 'invite.create', details: { invite: revoked.invite.id } }
	]);
	await execute(SQL`UPDATE invites SET expires_at = now() WHERE id = ${expired.invite.id}`);
	for (const { code, invite } of [revoked, expired]) {
		expect(await enter(code)).toEqual(WRONG);
		expect(await usesOf(invite.id)).toBeUndefined();
	}
});

test('where registration is closed, only the simulator registers', async () => {
	configureRegistration({ REGISTRATION: 'closed' });
	const { code } = await create();
	expect(await enter(code, 'late')).toEqual({ kind: 'closed' });
	expect(await findProfile('late', null)).toBeNull();
	expect(await register({ name: 'late', email: 'a@b', password: 'x' }, 'simulator')).toEqual({ kind: 'registered' });
});
