import { SQL, inTransaction, queryRow } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { logIn } from './log-in.ts';
import { validatePassword } from './password-rules.ts';
import { hashPassword } from './passwords.ts';
import { type Limited, accountKey, spendPoint } from './rate-limits.ts';
import { revokedResets } from './password-reset.ts';
import { endedSessions, otherSessionsEnded } from './sessions.ts';
import { validateEmail } from './users.ts';
import { type Member, isForAnotherAccount } from './writers.ts';

/** The outcome of a change to one's own account. `Field` are the names of what was entered. */
export type ChangeOutcome<Field extends string = never> =
	| { kind: 'done' }
	/** The error messages of the fields that are wrong. */
	| { kind: 'invalid'; sentences: Partial<Record<Field, string>> }
	/** The request names another account than the member's. */
	| { kind: 'wrong-account' }
	| { kind: 'limited'; limited: Limited };

/** Who changes their account, and in which browser. */
export interface Change {
	member: Member;
	/** The id of the account that the request names, or null. */
	owner: number | null;
}

/** A change that asks for the password. */
export interface ConfirmedChange extends Change {
	password: string;
	/** The id in the browser's device cookie, or null. */
	device: string | null;
}

/** An account as its owner sees it. */
export interface OwnAccount {
	name: string;
	email: string;
	display_name: string | null;
	bio: string | null;
	link: string | null;
	created_at: Date;
}

/** Resolves to the account with an id, or to null if it was removed. */
export async function findOwnAccount(userId: number): Promise<OwnAccount | null> {
	return queryRow<OwnAccount>(
		SQL`SELECT name, email, display_name, bio, link, created_at FROM users WHERE id = ${userId}`.setName('own_account')
	);
}

/**
 * Spends a point of the limit on changes. Resolves to why the change must not be made, or to null. `sentences` are the
 * error messages of what was entered, which cost nothing.
 */
export async function refuseChange<Field extends string>(
	{ member, owner }: Change,
	sentences: Partial<Record<Field, string>>
): Promise<Exclude<ChangeOutcome<Field>, { kind: 'done' }> | null> {
	if (isForAnotherAccount(member, owner)) return { kind: 'wrong-account' };
	if (Object.keys(sentences).length > 0) return { kind: 'invalid', sentences };
	const limited = await spendPoint('changesPerAccount', accountKey(member.name));
	return limited && { kind: 'limited', limited };
}

/**
 * As `refuseChange`, and verifies the password as a log-in does, with the same limits: a session alone must not be enough
 * to guess it.
 * @throws BusyError
 */
export async function refuseUnconfirmed<Field extends string>(
	change: ConfirmedChange,
	sentences: Partial<Record<Field | 'password', string>>
): Promise<Exclude<ChangeOutcome<Field | 'password'>, { kind: 'done' }> | null> {
	const { member, password, device } = change;
	const missing = password === '' ? { password: 'You have to enter your password' } : {};
	const refused = await refuseChange<Field | 'password'>(change, { ...missing, ...sentences });
	if (refused) return refused;
	const outcome = await logIn(member.name, password, { address: member.address, device });
	if ('limited' in outcome) return { kind: 'limited', limited: outcome.limited };
	if ('user' in outcome && outcome.user.id === member.id) return null;
	return { kind: 'invalid', sentences: { password: "That's not your password" } as typeof sentences };
}

/**
 * Changes the e-mail address, and ends the links to a new password that went to the old one.
 * @throws BusyError
 */
export async function changeEmail(
	change: ConfirmedChange,
	entered: string
): Promise<ChangeOutcome<'email' | 'password'>> {
	const email = entered.trim();
	const problem = validateEmail(email);
	const refused = await refuseUnconfirmed<'email'>(change, problem === null ? {} : { email: problem });
	if (refused) return refused;
	const { id } = change.member;
	const changed = await inTransaction(async (execute) => {
		await execute(revokedResets(id));
		return execute(SQL`UPDATE users SET email = ${email} WHERE id = ${id}`);
	});
	countChange('user', 'update', changed);
	return { kind: 'done' };
}

/** A password as entered, twice. */
export interface NewPassword {
	password: string;
	repeated: string;
}

type PasswordFields = 'password' | 'new_password' | 'new_password2';

/**
 * Changes the password, and ends all sessions except `sessionId` and the links to a new password.
 * @throws BusyError
 */
export async function changePassword(
	change: ConfirmedChange,
	{ password, repeated }: NewPassword,
	sessionId: string
): Promise<ChangeOutcome<PasswordFields>> {
	const { member } = change;
	const account = await findOwnAccount(member.id);
	const problem = await validatePassword(password, [member.name, account?.email ?? '']);
	const refused = await refuseUnconfirmed<PasswordFields>(change, {
		...(problem !== null && { new_password: problem }),
		...(problem === null && password !== repeated && { new_password2: 'The two passwords do not match' })
	});
	if (refused) return refused;
	const passwordHash = await hashPassword(password);
	// Together, so that no session of before outlives the old password.
	const changed = await inTransaction(async (execute) => {
		await execute(otherSessionsEnded(member.id, sessionId));
		await execute(revokedResets(member.id));
		return execute(SQL`UPDATE users SET password_hash = ${passwordHash} WHERE id = ${member.id}`);
	});
	countChange('user', 'update', changed);
	return { kind: 'done' };
}

/**
 * Closes an account: nobody sees it or its messages any more, and all of its sessions end. For `CLOSED_DAYS` a log-in
 * reopens it (closed-accounts.ts).
 * @throws BusyError
 */
export async function closeAccount(change: ConfirmedChange): Promise<ChangeOutcome<'password'>> {
	const refused = await refuseUnconfirmed<never>(change, {});
	if (refused) return refused;
	const { id } = change.member;
	await inTransaction(async (execute) => {
		await execute(SQL`INSERT INTO closed_accounts (user_id) VALUES (${id}) ON CONFLICT DO NOTHING`);
		await execute(endedSessions(SQL`user_id = ${id}`));
	});
	countChange('user', 'update', 1);
	return { kind: 'done' };
}
