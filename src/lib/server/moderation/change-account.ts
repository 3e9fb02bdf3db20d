import { SQL, type Statement, inTransaction, queryRow } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { type Action, type Actor, type Entry, recorded } from './audit-records.ts';
import { type ActionRefused, checkAction } from './permission.ts';

/** The outcome of an action on an account. */
export type AccountOutcome =
	| { kind: 'done' }
	/** The account is so already. */
	| { kind: 'unchanged' }
	/** There is no account with this id. */
	| { kind: 'unknown' };

/** The statements of a change. If `deciding` affects no row, `after` does not run, and nothing is recorded. */
interface Change {
	before?: Statement[];
	deciding: Statement;
	after?: Statement[];
}

/** Changes an account and records it, in one transaction. */
export async function changeAccount(
	actor: Actor,
	userId: number,
	entry: Entry,
	{ before = [], deciding, after = [] }: Change
): Promise<AccountOutcome> {
	const subject = SQL`(
		SELECT id AS user_id, name AS user_name, NULL::bigint AS message_id FROM users WHERE id = ${userId}) AS subject`;
	const isDone = await inTransaction(async (execute) => {
		for (const statement of before) await execute(statement);
		if ((await execute(deciding)) === 0) return false;
		for (const statement of after) await execute(statement);
		await execute(recorded(actor, entry, subject));
		return true;
	});
	countChange('user', 'update', isDone ? 1 : 0);
	if (isDone) return { kind: 'done' };
	return { kind: (await queryRow(SQL`SELECT FROM users WHERE id = ${userId}`)) ? 'unchanged' : 'unknown' };
}

/** As `changeAccount`, for an actor who may act, with the reason as entered. */
export async function changeWithReason(
	actor: Actor,
	userId: number,
	{ action, entered }: { action: Action; entered: string },
	changeFor: (reason: string) => Change
): Promise<AccountOutcome | ActionRefused> {
	const checked = await checkAction(actor, entered);
	if ('kind' in checked) return checked;
	const { reason } = checked;
	return changeAccount(actor, userId, { action, reason }, changeFor(reason));
}
