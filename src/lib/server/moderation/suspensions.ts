import { SQL } from '#lib/server/database/database.ts';
import { type Cursor, type Page, createPages } from '#lib/server/database/pagination.ts';
import type { Actor } from './audit-records.ts';
import { type AccountOutcome, changeWithReason } from './change-account.ts';
import { type ActionRefused, hasRight } from './permission.ts';

/**
 * Suspends an account: its user can log in, read, export and leave, but not write. What it wrote stays. Only an operator
 * can suspend or restore a moderator.
 */
export async function suspendAccount(
	actor: Actor,
	userId: number,
	entered: string
): Promise<AccountOutcome | ActionRefused> {
	if (await isColleague(actor, userId)) return { kind: 'forbidden' };
	return changeWithReason(actor, userId, { action: 'user.suspend', entered }, (reason) => ({
		deciding: SQL`
			INSERT INTO suspended_accounts (user_id, reason) SELECT id, ${reason} FROM users WHERE id = ${userId}
			ON CONFLICT DO NOTHING`
	}));
}

/** Ends the suspension of an account. */
export async function restoreAccount(
	actor: Actor,
	userId: number,
	entered: string
): Promise<AccountOutcome | ActionRefused> {
	if (await isColleague(actor, userId)) return { kind: 'forbidden' };
	return changeWithReason(actor, userId, { action: 'user.restore', entered }, () => ({
		deciding: SQL`DELETE FROM suspended_accounts WHERE user_id = ${userId}`
	}));
}

async function isColleague(actor: Actor, userId: number): Promise<boolean> {
	return actor.kind === 'moderator' && (await hasRight(userId));
}

/** A suspended account, with the reason. */
export interface SuspendedAccount {
	/** The cursor of the list. */
	id: number;
	name: string;
	reason: string;
	suspended_at: Date;
}

const suspendedPages = createPages<SuspendedAccount>('suspended_accounts', (range) =>
	SQL`
	SELECT suspended.* FROM (
		SELECT user_id AS id, name, reason, suspended_at, ROW(suspended_accounts.*)::text AS version
		FROM suspended_accounts JOIN users ON users.id = user_id
		WHERE NOT EXISTS (SELECT FROM closed_accounts WHERE closed_accounts.user_id = users.id)
	) AS suspended WHERE `.append(range.sql)
);

/** Reads a page of the suspended accounts, the youngest account first. */
export function listSuspended(cursor: Cursor): Promise<Page<SuspendedAccount>> {
	return suspendedPages(0, cursor);
}
