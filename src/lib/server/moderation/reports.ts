import { MAX_REASON_LENGTH, countCodePoints } from '#lib/limits.ts';
import { isBlank, normalizeText } from '#lib/text/message-text.ts';
import { REPORT_REASONS } from '#lib/text/report-reasons.ts';
import { type Limited, accountKey, spendPoint } from '#lib/server/accounts/rate-limits.ts';
import { type Suspended, findSuspension } from '#lib/server/accounts/suspended-accounts.ts';
import { isStorable } from '#lib/server/accounts/users.ts';
import { type Member, isForAnotherAccount } from '#lib/server/accounts/writers.ts';
import { SQL, type Statement, queryRow } from '#lib/server/database/database.ts';

/** How long a report stays after the decision about it. Meanwhile, the same person cannot report the message again. */
const CLOSED_REPORT_DAYS = 90;

/** A report as entered: a key of `REPORT_REASONS`, and what else there is to say. */
export interface EnteredReport {
	reason: string;
	comment: string;
}

/** The outcome of a report. Repeating one is `done` and changes nothing, whatever was decided about the first. */
export type ReportOutcome =
	| { kind: 'done' }
	| { kind: 'invalid'; field: keyof EnteredReport; sentence: string }
	/** Nobody else has such a message, or it is hidden. */
	| { kind: 'unknown' }
	/** The request names another account than the member's. */
	| { kind: 'wrong-account' }
	| Suspended
	| { kind: 'limited'; limited: Limited };

/** Reports a message of somebody else to the moderators. `owner` is the id of the account that the request names, or null. */
export async function reportMessage(
	member: Member,
	id: number,
	entered: EnteredReport,
	owner: number | null
): Promise<ReportOutcome> {
	if (isForAnotherAccount(member, owner)) return { kind: 'wrong-account' };
	const report = { reason: entered.reason, comment: normalizeText(entered.comment).trim() };
	const fault = validate(report);
	if (fault) return { kind: 'invalid', ...fault };
	const suspended = await findSuspension(member.name);
	if (suspended) return suspended;
	const limited = await spendPoint('reportsPerAccount', accountKey(member.name));
	if (limited) return { kind: 'limited', limited };
	const found = await queryRow(SQL`
		WITH reported AS (
			SELECT id FROM messages
			WHERE id = ${id} AND author_id <> ${member.id} AND NOT flagged
				AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = author_id)
		), added AS (
			INSERT INTO reports (message_id, reporter_id, reason, comment)
			SELECT id, ${member.id}, ${report.reason}, ${report.comment} FROM reported
			ON CONFLICT ON CONSTRAINT reports_once DO NOTHING
		)
		SELECT FROM reported`);
	return { kind: found ? 'done' : 'unknown' };
}

function validate({ reason, comment }: EnteredReport): { field: keyof EnteredReport; sentence: string } | null {
	if (!REPORT_REASONS.has(reason)) return { field: 'reason', sentence: 'Choose a reason' };
	if (reason === 'other' && isBlank(comment)) return { field: 'comment', sentence: 'Say what is wrong with it' };
	if (countCodePoints(comment) > MAX_REASON_LENGTH)
		return { field: 'comment', sentence: `${MAX_REASON_LENGTH} characters at most` };
	return isStorable(comment) ? null : { field: 'comment', sentence: "These characters can't be used" };
}

/** Resolves to whether a user has reported a message. */
export async function hasReported(userId: number, id: number): Promise<boolean> {
	return (await queryRow(SQL`SELECT FROM reports WHERE message_id = ${id} AND reporter_id = ${userId}`)) !== null;
}

/** A statement that deletes at most `rows` reports: those that were decided long ago, and those on deleted messages. */
export function expiredReports(rows: number): Statement {
	const isExpired = SQL`(
		closed_at <= now() - ${CLOSED_REPORT_DAYS} * interval '1 day'
		OR EXISTS (SELECT FROM messages WHERE messages.id = message_id AND deleted_at IS NOT NULL))`;
	return SQL`DELETE FROM reports WHERE id IN (SELECT id FROM reports WHERE `
		.append(isExpired)
		.append(SQL` LIMIT ${rows})`);
}
