import { MAX_REASON_LENGTH, countCodePoints } from '#lib/limits.ts';
import { isBlank, normalizeText } from '#lib/text/message-text.ts';
import { SQL, queryRow } from '#lib/server/database/database.ts';
import { isStorable } from '#lib/server/accounts/users.ts';
import type { Actor } from './audit-records.ts';

/** Why nothing was done. */
export type ActionRefused =
	/** The actor does not have the right to moderate, or not any more. */
	| { kind: 'forbidden' }
	/** The reason, or what else was entered, cannot be used; `sentence` is the error message. */
	| { kind: 'invalid'; sentence: string };

/** Resolves to whether a user may moderate: not while their own account is suspended or closed. */
export async function isModerator(userId: number): Promise<boolean> {
	const found = await queryRow(
		SQL`
		SELECT FROM moderators WHERE user_id = ${userId}
			AND NOT EXISTS (SELECT FROM suspended_accounts WHERE user_id = ${userId})
			AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = ${userId})`.setName('is_moderator')
	);
	return found !== null;
}

/** Resolves to whether an account has the right to moderate, also while it is suspended. */
export async function hasRight(userId: number): Promise<boolean> {
	return (await queryRow(SQL`SELECT FROM moderators WHERE user_id = ${userId}`)) !== null;
}

/** Resolves to the reason as it is stored, or to why the actor must not act. A moderator's right may have ended since the page was opened. */
export async function checkAction(actor: Actor, entered: string): Promise<{ reason: string } | ActionRefused> {
	const reason = normalizeText(entered).trim();
	const sentence = validateReason(reason);
	if (sentence !== null) return { kind: 'invalid', sentence };
	const isAllowed = actor.kind === 'operator' || (await isModerator(actor.id));
	return isAllowed ? { reason } : { kind: 'forbidden' };
}

function validateReason(reason: string): string | null {
	if (isBlank(reason)) return 'Enter a reason';
	if (countCodePoints(reason) > MAX_REASON_LENGTH) return `Reason: ${MAX_REASON_LENGTH} characters at most`;
	return isStorable(reason) ? null : "Reason: these characters can't be used";
}
