import { SQL, type Statement, execute, queryRows } from '#lib/server/database/database.ts';
import { type Cursor, type Page, createPages } from '#lib/server/database/pagination.ts';
import { searchableName } from '#lib/server/accounts/users.ts';

/*
 * What operators and moderators change is recorded in the transaction of the change. The database refuses to change or
 * delete a record (migration 0020).
 */

/** Somebody at the command line; `name` is that of their account on the host. */
export interface Operator {
	kind: 'operator';
	name: string;
}

/** A user with the right to moderate. */
export interface Moderator {
	kind: 'moderator';
	id: number;
	name: string;
}

/** On whose responsibility something is changed on behalf of the site. */
export type Actor = Operator | Moderator;

/** What an actor can do, as recorded. */
export type Action =
	| 'message.flag'
	| 'message.unflag'
	| 'message.delete'
	| 'user.suspend'
	| 'user.restore'
	| 'user.rename'
	| 'user.delete'
	| 'user.reset-password'
	| 'user.revoke-sessions'
	| 'moderator.grant'
	| 'moderator.revoke'
	| 'import'
	| 'passwords.wrap'
	| 'reports.dismiss'
	| 'invite.create'
	| 'invite.revoke';

/** Why something is done. The reason may be null where none is demanded; `details` are values for a program. */
export interface Entry {
	action: Action;
	reason: string | null;
	details?: Record<string, unknown>;
}

/** A record as stored. */
export interface AuditRecord {
	id: number;
	recorded_at: Date;
	actor_kind: Actor['kind'];
	actor_id: number | null;
	actor_name: string;
	action: Action;
	user_id: number | null;
	user_name: string | null;
	message_id: number | null;
	reason: string | null;
	details: Record<string, unknown> | null;
}

/**
 * A statement that adds a record for each row of `subjects`, a table or subquery with the columns `user_id`, `user_name`
 * and `message_id`. It belongs into the statement or transaction of the change.
 */
export function recorded(actor: Actor, { action, reason, details }: Entry, subjects: Statement): Statement {
	return SQL`
		INSERT INTO audit_records (actor_kind, actor_id, actor_name, action, reason, details, user_id, user_name, message_id)
		SELECT ${actor.kind}::text, ${actor.kind === 'moderator' ? actor.id : null}::bigint, ${actor.name}::text,
			${action}::text, ${reason}::text, ${details ? JSON.stringify(details) : null}::jsonb, user_id, user_name, message_id
		FROM `.append(subjects);
}

/** The subject of a record that concerns no single account or message. */
export const NO_SUBJECT = SQL`(SELECT NULL::bigint AS user_id, NULL::text AS user_name, NULL::bigint AS message_id) AS subject`;

/** Adds a record of what concerns no single account or message, after it was done. */
export async function recordForSite(actor: Actor, entry: Entry): Promise<void> {
	await execute(recorded(actor, entry, NO_SUBJECT));
}

/** Which records to list: at most `limit` before an id (null for the newest), all or those on one user's account and messages. */
export interface AuditQuery {
	before: number | null;
	limit: number;
	userName: string | null;
}

/** Resolves to records, newest first. */
export async function listAuditRecords({ before, limit, userName }: AuditQuery): Promise<AuditRecord[]> {
	const name = userName === null ? null : searchableName(userName);
	return queryRows<AuditRecord>(SQL`
		SELECT * FROM audit_records
		WHERE (${before}::bigint IS NULL OR id < ${before}) AND (${name}::text IS NULL OR user_name = ${name})
		ORDER BY id DESC LIMIT ${limit}`);
}

const recordPages = createPages<AuditRecord>('audit_records', (range) =>
	SQL`SELECT *, id::text AS version FROM audit_records WHERE `.append(range.sql)
);

/** Reads a page of all records, newest first. */
export function readAuditRecords(cursor: Cursor): Promise<Page<AuditRecord>> {
	return recordPages(0, cursor);
}

/** Resolves to the newest records on an account and its messages. */
export function listRecordsOf(userId: number, limit: number): Promise<AuditRecord[]> {
	return queryRows<AuditRecord>(
		SQL`SELECT * FROM audit_records WHERE user_id = ${userId} ORDER BY id DESC LIMIT ${limit}`
	);
}
