import { SQL, queryRow } from '#lib/server/database/database.ts';
import { searchableName } from './users.ts';

/*
 * A suspended account is a row in `suspended_accounts`. Its user can log in, read, export, delete messages and close the
 * account, but not post, follow, unfollow or edit the profile: the statements that do so leave suspended accounts out,
 * and ask why only if they found nobody. Decision 0033.
 */

/** The outcome of a write by a suspended account. `reason` is the moderator's or operator's. */
export interface Suspended {
	kind: 'suspended';
	reason: string;
}

/** Resolves to the suspension of the account with a name, or to null. */
export async function findSuspension(name: string): Promise<Suspended | null> {
	const found = await queryRow<{ reason: string }>(
		SQL`
		SELECT reason FROM suspended_accounts JOIN users ON users.id = user_id
		WHERE users.name = ${searchableName(name)}
			AND NOT EXISTS (SELECT FROM closed_accounts WHERE closed_accounts.user_id = users.id)`.setName('find_suspension')
	);
	return found && { kind: 'suspended', reason: found.reason };
}
