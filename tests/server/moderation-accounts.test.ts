import { describe, expect, test } from 'vitest';
import { closeAccount } from '#lib/server/accounts/account-changes.ts';
import { editProfile } from '#lib/server/accounts/edit-profile.ts';
import { logIn } from '#lib/server/accounts/log-in.ts';
import { findResettable } from '#lib/server/accounts/password-reset.ts';
import { register } from '#lib/server/accounts/registration.ts';
import { createSession, findSignedIn } from '#lib/server/accounts/sessions.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { follow, unfollow } from '#lib/server/follows/following.ts';
import { deleteExpired } from '#lib/server/maintenance.ts';
import { deleteMessage } from '#lib/server/messages/delete-message.ts';
import { findMessage } from '#lib/server/messages/find-message.ts';
import { postMessage } from '#lib/server/messages/post-message.ts';
import {
	createResetLink,
	deleteAccount,
	renameAccount,
	revokeSessions
} from '#lib/server/moderation/account-operations.ts';
import { listAuditRecords } from '#lib/server/moderation/audit-records.ts';
import { restoreAccount, suspendAccount } from '#lib/server/moderation/suspensions.ts';
import { PASSWORD, createMessage, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

useDatabase();

const operator = { kind: 'operator', name: 'root' } as const;
const client = { address: '::1', device: null };
const suspended = { kind: 'suspended', reason: 'spam' };
const recordsOn = (userName: string) => listAuditRecords({ before: null, limit: 10, userName });

async function createMember() {
	const { id, name } = await createPerson();
	return { id, name, address: '::1' };
}

async function createSuspended() {
	const member = await createMember();
	const post = { text: 'before', clientId: crypto.randomUUID(), owner: null };
	const posted = await postMessage(member, post);
	if (posted.kind !== 'posted') throw new Error(posted.kind);
	await suspendAccount(operator, member.id, 'spam');
	return { member, post, message: posted.message.id };
}

describe('a suspended user', () => {
	test('cannot post, follow, unfollow or edit the profile, nor can the simulator for them', async () => {
		const { member } = await createSuspended();
		const { name } = await createMember();
		const post = { text: 'after', clientId: null, owner: null };
		for (const writer of [member, { name: member.name }]) {
			expect(await postMessage(writer, post)).toEqual(suspended);
			expect(await follow(writer, name, null)).toEqual(suspended);
			expect(await unfollow(writer, name, null)).toEqual(suspended);
		}
		expect(await postMessage({ name: `${member.name} unknown` }, post)).toEqual({ kind: 'unknown' });
		const profile = { display_name: 'x', bio: '', link: '' };
		expect(await editProfile({ member, owner: null }, profile)).toEqual(suspended);
		expect(await findProfile(member.name, null)).toMatchObject({ messages: 1, display_name: null });
	});

	test('gets the first answer again for a message that arrived before', async () => {
		const { member, post } = await createSuspended();
		for (const writer of [member, { name: member.name }])
			expect(await postMessage(writer, post)).toMatchObject({ kind: 'posted', isNew: false });
	});

	test('can be followed, can log in, delete messages and close the account', async () => {
		const { member, message } = await createSuspended();
		expect(await follow(await createMember(), member.name, null)).toEqual({ kind: 'done' });
		expect(await logIn(member.name, PASSWORD, client)).toMatchObject({ user: { id: member.id } });
		expect(await deleteMessage(member, message, null)).toEqual({ kind: 'done' });
		expect(await closeAccount({ member, owner: null, password: PASSWORD, device: null })).toEqual({ kind: 'done' });
	});

	test('does not keep others who post at the same time from posting', async () => {
		const { member } = await createSuspended();
		const others = await Promise.all(Array.from({ length: 3 }, createMember));
		const post = { text: 'together', clientId: null, owner: null };
		const outcomes = await Promise.all([member, ...others].map(({ name }) => postMessage({ name }, post)));
		expect(outcomes.map(({ kind }) => kind)).toEqual(['suspended', 'posted', 'posted', 'posted']);
	});

	test('writes again once restored', async () => {
		const { member } = await createSuspended();
		expect(await suspendAccount(operator, member.id, 'again')).toEqual({ kind: 'unchanged' });
		expect(await restoreAccount(operator, member.id, 'a mistake')).toEqual({ kind: 'done' });
		expect(await restoreAccount(operator, member.id, 'a mistake')).toEqual({ kind: 'unchanged' });
		expect(await postMessage(member, { text: 'after', clientId: null, owner: null })).toMatchObject({ kind: 'posted' });
		expect((await recordsOn(member.name)).map(({ action, reason }) => [action, reason])).toEqual([
			['user.restore', 'a mistake'],
			['user.suspend', 'spam']
		]);
	});
});

describe('renaming', () => {
	test('changes the name on messages, keeps sessions, and holds the former name', async () => {
		const { id, name } = await createMember();
		const message = (await createMessage(id, 'mine')).id;
		const session = await createSession(id);
		const newName = `${name} renamed`;
		expect(await renameAccount(operator, { id, name }, ` ${newName} `, 'asked for')).toEqual({ kind: 'done' });
		expect(await findMessage(newName, message)).toMatchObject({ author_name: newName });
		expect((await findSignedIn(session))?.user).toEqual({ id, name: newName });
		expect(await register({ name, email: 'a@b', password: 'a long enough password' }, client)).toMatchObject({
			kind: 'invalid',
			field: 'name'
		});
		expect(await recordsOn(newName)).toMatchObject([{ action: 'user.rename', details: { former_name: name } }]);
		expect(await renameAccount(operator, { id, name: newName }, name, 'a mistake')).toEqual({ kind: 'done' });
	});

	test('refuses a name that another user could be taken for, or that no page can have', async () => {
		const [{ id, name }, other] = [await createMember(), await createMember()];
		const taken = { kind: 'invalid', sentence: 'The username is already taken' };
		expect(await renameAccount(operator, { id, name }, other.name.toUpperCase(), 'fun')).toEqual(taken);
		expect(await renameAccount(operator, { id, name }, 'login', 'fun')).toEqual(taken);
		expect(await renameAccount(operator, { id, name }, '', 'fun')).toMatchObject({ kind: 'invalid' });
		expect(await renameAccount(operator, { id, name }, name, 'fun')).toEqual({ kind: 'unchanged' });
		expect(await recordsOn(name)).toEqual([]);
	});
});

test('a deleted account is gone at once, no log-in reopens it, and its name stays held', async () => {
	const { id, name } = await createMember();
	const session = await createSession(id);
	expect(await deleteAccount(operator, id, 'asked for')).toEqual({ kind: 'done' });
	expect(await deleteAccount(operator, id, 'asked for')).toEqual({ kind: 'unchanged' });
	expect([await findProfile(name, null), await findSignedIn(session)]).toEqual([null, null]);
	expect(await logIn(name, PASSWORD, client)).toEqual({ invalid: true });
	await deleteExpired();
	expect(await deleteAccount(operator, id, 'asked for')).toEqual({ kind: 'unknown' });
	expect(await register({ name, email: 'a@b', password: 'x' }, 'simulator')).toMatchObject({ kind: 'invalid' });
	expect(await recordsOn(name)).toMatchObject([{ action: 'user.delete', user_id: id }]);
});

test('revoking sessions logs a user out everywhere', async () => {
	const { id, name } = await createMember();
	const session = await createSession(id);
	expect(await revokeSessions(operator, id, 'stolen phone')).toEqual({ kind: 'done' });
	expect(await findSignedIn(session)).toBeNull();
	expect(await revokeSessions(operator, id, 'stolen phone')).toEqual({ kind: 'unchanged' });
	expect(await recordsOn(name)).toMatchObject([{ action: 'user.revoke-sessions' }]);
});

test('a link to a new password that an operator makes is recorded, without its token', async () => {
	const { id, name } = await createMember();
	const path = await createResetLink(operator, id, null);
	const token = path?.replace('/reset/', '') ?? '';
	expect(await findResettable(token)).toMatchObject({ id });
	const [record] = await recordsOn(name);
	expect(record).toMatchObject({ action: 'user.reset-password', reason: null });
	expect(JSON.stringify(record)).not.toContain(token);
});
