import { SQL } from '#lib/server/database/database.ts';
import type { Actor } from './audit-records.ts';
import { type AccountOutcome, changeAccount } from './change-account.ts';
import { type ActionRefused, checkAction, isModerator } from './permission.ts';

/**
 * Suspends an account: its user can log in, read, export and leave, but not write. What it wrote stays. Only an operator
 * can suspend a moderator.
 */
export async function suspendAccount(
	actor: Actor,
	userId: number,
	entered: string
): Promise<AccountOutcome | ActionRefused> {
	const checked = await checkAction(actor, entered);
	if ('kind' in checked) return checked;
	const { reason } = checked;
	if (actor.kind === 'moderator' && (await isModerator(userId))) return { kind: 'forbidden' };
	return changeAccount(
		actor,
		userId,
		{ action: 'user.suspend', reason },
		{
			deciding: SQL`
			INSERT INTO suspended_accounts (user_id, reason) SELECT id, ${reason} FROM users WHERE id = ${userId}
			ON CONFLICT DO NOTHING`
		}
	);
}

/** Ends the suspension of an account. */
export async function restoreAccount(
	actor: Actor,
	userId: number,
	entered: string
): Promise<AccountOutcome | ActionRefused> {
	const checked = await checkAction(actor, entered);
	if ('kind' in checked) return checked;
	return changeAccount(
		actor,
		userId,
		{ action: 'user.restore', reason: checked.reason },
		{
			deciding: SQL`DELETE FROM suspended_accounts WHERE user_id = ${userId}`
		}
	);
}
