import { SQL, queryRows } from '#lib/server/database/database.ts';
import type { Operator } from './audit-records.ts';
import { type AccountOutcome, changeWithReason } from './change-account.ts';
import type { ActionRefused } from './permission.ts';

/** A user with the right to moderate. */
export interface ModeratorRow {
	id: number;
	name: string;
	granted_at: Date;
}

/** Gives a user the right to moderate. */
export function grantModerator(
	operator: Operator,
	userId: number,
	entered: string
): Promise<AccountOutcome | ActionRefused> {
	return changeWithReason(operator, userId, { action: 'moderator.grant', entered }, () => ({
		deciding: SQL`INSERT INTO moderators (user_id) SELECT id FROM users WHERE id = ${userId} ON CONFLICT DO NOTHING`
	}));
}

/** Takes the right to moderate from a user. It ends at once, also on pages that are open. */
export function revokeModerator(
	operator: Operator,
	userId: number,
	entered: string
): Promise<AccountOutcome | ActionRefused> {
	return changeWithReason(operator, userId, { action: 'moderator.revoke', entered }, () => ({
		deciding: SQL`DELETE FROM moderators WHERE user_id = ${userId}`
	}));
}

/** Resolves to all moderators, by name. */
export async function listModerators(): Promise<ModeratorRow[]> {
	return queryRows<ModeratorRow>(SQL`
		SELECT id, name, granted_at FROM moderators JOIN users ON users.id = user_id ORDER BY name`);
}
