import { SQL, queryRow, queryRows } from '#lib/server/database/database.ts';
import type { PostedMessage } from '#lib/server/messages/post-message.ts';
import { type TimelineMessage, withLinks } from '#lib/server/messages/timelines.ts';
import { type AuditRecord, listRecordsOf } from './audit-records.ts';
import type { Flag } from './hidden-messages.ts';

/** How many reports and records a case shows, the newest. */
const MAX_SHOWN = 20;

/** An account as moderators see it. */
export interface AccountCase {
	id: number;
	name: string;
	/** Why it is suspended; null if it is not. */
	suspension: string | null;
	hidden_messages: number;
	/** What was done to the account and its messages, newest first. */
	records: AuditRecord[];
}

/** A report as moderators see it. */
export interface Report {
	id: number;
	/** Null if the account is closed. */
	reporter_name: string | null;
	/** A key of `REPORT_REASONS`. */
	reason: string;
	comment: string;
	reported_at: Date;
	is_open: boolean;
}

/** A message as moderators see it. */
export interface MessageCase {
	message: TimelineMessage;
	is_hidden: boolean;
	/** Null if it is not hidden, or was before there were reasons. */
	flag: Flag | null;
	reports: Report[];
	author: AccountCase;
}

/** Resolves to what moderators need to know about an account, or to null if there is none. */
export async function findAccountCase(id: number): Promise<AccountCase | null> {
	const account = await queryRow<Omit<AccountCase, 'records'>>(SQL`
		SELECT id, name, (SELECT reason FROM suspended_accounts WHERE user_id = users.id) AS suspension,
			(SELECT count(*) FROM flags WHERE author_id = users.id) AS hidden_messages
		FROM users
		WHERE id = ${id} AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = users.id)`);
	return account && { ...account, records: await listRecordsOf(id, MAX_SHOWN) };
}

/** Resolves to what moderators need to know about a message, or to null if there is none, or its author deleted it. */
export async function findMessageCase(id: number): Promise<MessageCase | null> {
	const row = await queryRow<PostedMessage & { author_id: number; flagged: boolean } & (Flag | { reason: null })>(SQL`
		SELECT id, messages.author_id, author_name, text, posted_at, flagged, reason, flagged_at, answer, answered_at
		FROM messages LEFT JOIN flags ON message_id = id WHERE id = ${id} AND deleted_at IS NULL`);
	const author = row && (await findAccountCase(row.author_id));
	if (!row || !author) return null;
	const { author_id: _, flagged, author_name, text, posted_at, ...flag } = row;
	const message = withLinks({ id, author_name, text, posted_at });
	return {
		message,
		is_hidden: flagged,
		flag: flag.reason === null ? null : flag,
		reports: await listReports(id),
		author
	};
}

function listReports(messageId: number): Promise<Report[]> {
	return queryRows<Report>(SQL`
		SELECT reports.id, CASE WHEN closed_accounts.user_id IS NULL THEN users.name END AS reporter_name,
			reason, comment, reported_at, reports.closed_at IS NULL AS is_open
		FROM reports JOIN users ON users.id = reporter_id LEFT JOIN closed_accounts ON closed_accounts.user_id = reporter_id
		WHERE message_id = ${messageId}
		ORDER BY reports.id DESC LIMIT ${MAX_SHOWN}`);
}
