import { SQL, queryRow } from '#lib/server/database/database.ts';
import { type Cursor, type Page, type SelectRows, createPages } from '#lib/server/database/pagination.ts';
import type { PostedMessage } from '#lib/server/messages/post-message.ts';
import { type TimelineMessage, withLinks } from '#lib/server/messages/timelines.ts';
import { type Moderator, recorded } from './audit-records.ts';
import { type ActionRefused, checkAction } from './permission.ts';

/** How often a message was reported for a reason, a key of `REPORT_REASONS`. */
export interface ReasonCount {
	reason: string;
	count: number;
}

/** A message that waits for a decision. */
export interface ReportedMessage {
	message: TimelineMessage;
	/** The most frequent first. */
	reasons: ReasonCount[];
	/** When it was last reported. */
	reported_at: Date;
}

type Row = Omit<PostedMessage, 'id'> & Omit<ReportedMessage, 'message'> & { id: number; message_id: number };

/** The newest open report of each message that can be seen. The cursor is the id of that report. */
const selectReported: SelectRows = (range) =>
	SQL`
	SELECT id, ROW(newest.id, newest.xmin)::text AS version, message_id, author_name, text, posted_at, reported_at, (
		SELECT json_agg(json_build_object('reason', reason, 'count', count) ORDER BY count DESC, reason) FROM (
			SELECT reason, count(*) FROM reports AS one
			WHERE one.message_id = newest.message_id AND one.closed_at IS NULL GROUP BY reason
		) AS counted
	) AS reasons
	FROM reports AS newest CROSS JOIN LATERAL (
		SELECT author_name, text, posted_at FROM messages
		WHERE messages.id = message_id AND NOT flagged
			AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = author_id)
		LIMIT 1
	) AS message
	WHERE closed_at IS NULL AND NOT EXISTS (
		SELECT FROM reports AS later
		WHERE later.message_id = newest.message_id AND later.closed_at IS NULL AND later.id > newest.id
	) AND `.append(range.sql);

const reportedPages = createPages<Row>('reported_messages', selectReported);

/** Reads a page of the messages with open reports, the one that was reported last first. */
export async function listReported(cursor: Cursor): Promise<Page<ReportedMessage>> {
	const page = await reportedPages(0, cursor);
	const items = page.items.map(({ message_id: id, author_name, text, posted_at, reasons, reported_at }) => ({
		message: withLinks({ id, author_name, text, posted_at }),
		reasons,
		reported_at
	}));
	return { ...page, items };
}

/** Closes the open reports of a message, which stays as it is. Those who reported it cannot report it again. */
export async function dismissReports(
	moderator: Moderator,
	messageId: number,
	entered: string
): Promise<{ kind: 'done' | 'unchanged' } | ActionRefused> {
	const checked = await checkAction(moderator, entered);
	if ('kind' in checked) return checked;
	const entry = { action: 'reports.dismiss', reason: checked.reason } as const;
	const subject = SQL`(
			SELECT DISTINCT message_id, author_id AS user_id, author_name AS user_name
			FROM dismissed JOIN messages ON messages.id = message_id) AS subject`;
	const dismissed = await queryRow(
		SQL`
		WITH dismissed AS (
			UPDATE reports SET closed_at = now() WHERE message_id = ${messageId} AND closed_at IS NULL RETURNING message_id
		), recorded AS (`
			.append(recorded(moderator, entry, subject))
			.append(SQL`) SELECT FROM dismissed LIMIT 1`)
	);
	return { kind: dismissed ? 'done' : 'unchanged' };
}
