import { CLOSED_DAYS, NAME_HELD_DAYS } from '#lib/limits.ts';
import { newReset } from '#lib/server/accounts/password-reset.ts';
import { lookAlikesLocked } from '#lib/server/accounts/registration.ts';
import { endedSessions } from '#lib/server/accounts/sessions.ts';
import { validateNewName } from '#lib/server/accounts/username-rules.ts';
import { TAKEN, validateName } from '#lib/server/accounts/users.ts';
import { SQL } from '#lib/server/database/database.ts';
import type { Operator } from './audit-records.ts';
import { type AccountOutcome, changeAccount, changeWithReason } from './change-account.ts';
import { type ActionRefused, checkAction } from './permission.ts';

/** An account, found by its name. */
export interface Account {
	id: number;
	name: string;
}

/**
 * Renames an account, on its messages too. Nobody can register the former name for `NAME_HELD_DAYS`. The new name must meet
 * the rules of the web form, except that it may be held: an operator knows for whom.
 */
export async function renameAccount(
	operator: Operator,
	{ id, name }: Account,
	entered: string,
	enteredReason: string
): Promise<AccountOutcome | ActionRefused> {
	const checked = await checkAction(operator, enteredReason);
	if ('kind' in checked) return checked;
	const newName = entered.trim();
	const sentence = validateName(newName) ?? validateNewName(newName);
	if (sentence !== null) return { kind: 'invalid', sentence };
	if (newName === name) return { kind: 'unchanged' };
	const entry = { action: 'user.rename', reason: checked.reason, details: { former_name: name } } as const;
	const outcome = await changeAccount(operator, id, entry, {
		// The name is in each of the messages, which may be many. The lock is that of registrations of look-alike names.
		before: [SQL`SET LOCAL statement_timeout = 0`, lookAlikesLocked(newName)],
		deciding: SQL`
			UPDATE users SET name = ${newName} WHERE id = ${id} AND name = ${name} AND NOT EXISTS (
				SELECT FROM users AS other WHERE other.name_key = lower(normalize(${newName}, NFKC)) AND other.id <> ${id})`,
		after: [
			SQL`DELETE FROM held_names WHERE name = ${newName}`,
			SQL`
			INSERT INTO held_names (name, held_until) VALUES (${name}, now() + ${NAME_HELD_DAYS} * interval '1 day')
			ON CONFLICT (name) DO UPDATE SET held_until = excluded.held_until`
		]
	});
	return outcome.kind === 'unchanged' ? { kind: 'invalid', sentence: TAKEN } : outcome;
}

/**
 * Closes an account for good: no log-in reopens it, and the next run of the maintenance job removes it. Its name stays held
 * as long as after a closing by its user.
 */
export function deleteAccount(
	operator: Operator,
	userId: number,
	entered: string
): Promise<AccountOutcome | ActionRefused> {
	return changeWithReason(operator, userId, { action: 'user.delete', entered }, () => ({
		deciding: SQL`
			INSERT INTO closed_accounts (user_id, closed_at)
			SELECT id, now() - ${CLOSED_DAYS} * interval '1 day' FROM users WHERE id = ${userId}
			ON CONFLICT (user_id) DO UPDATE SET closed_at = excluded.closed_at
			WHERE closed_accounts.closed_at > excluded.closed_at`,
		after: [endedSessions(SQL`user_id = ${userId}`)]
	}));
}

/** Logs a user out on all devices. */
export function revokeSessions(
	operator: Operator,
	userId: number,
	entered: string
): Promise<AccountOutcome | ActionRefused> {
	return changeWithReason(operator, userId, { action: 'user.revoke-sessions', entered }, () => ({
		deciding: endedSessions(SQL`user_id = ${userId}`)
	}));
}

/** Creates a link with which an account can get a new password once. Resolves to its path, or to null without such an account. */
export async function createResetLink(
	operator: Operator,
	userId: number,
	reason: string | null
): Promise<string | null> {
	const { path, created } = newReset(userId);
	const outcome = await changeAccount(
		operator,
		userId,
		{ action: 'user.reset-password', reason },
		{ deciding: created }
	);
	return outcome.kind === 'done' ? path : null;
}
