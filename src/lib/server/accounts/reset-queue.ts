import { SQL, type Statement, execute, queryRow } from '#lib/server/database/database.ts';

/*
 * Requests for links by mail. They wait in the database, so that none is lost when a server stops or the mail server is
 * down, and any server may send them.
 */

/** A request whose turn it is. */
export interface ResetRequest {
	id: number;
	/** As entered, which need not be the address of any account. */
	email: string;
}

/** A link that arrives later helps nobody. */
const MAX_AGE_MINUTES = 60;

/** Adds a request. */
export async function addResetRequest(email: string): Promise<void> {
	await execute(SQL`INSERT INTO reset_requests (email) VALUES (${email})`);
}

/**
 * Takes the next request whose turn it is; null if there is none. Unless it is deleted, its turn comes again after a
 * minute, then after 2, 4, 8, 16 and 32 minutes.
 */
export async function takeResetRequest(): Promise<ResetRequest | null> {
	return queryRow(SQL`
		UPDATE reset_requests SET attempts = attempts + 1, due_at = now() + interval '1 minute' * 2 ^ attempts
		WHERE id = (
			SELECT id FROM reset_requests
			WHERE due_at <= now() AND requested_at > now() - ${MAX_AGE_MINUTES} * interval '1 minute'
			ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
		)
		RETURNING id, email`);
}

/** Deletes a request that has been answered. */
export async function deleteResetRequest(id: number): Promise<void> {
	await execute(SQL`DELETE FROM reset_requests WHERE id = ${id}`);
}

/** A statement that deletes at most `rows` requests that are too old. */
export function expiredResetRequests(rows: number): Statement {
	return SQL`
		DELETE FROM reset_requests
		WHERE id IN (
			SELECT id FROM reset_requests
			WHERE requested_at <= now() - ${MAX_AGE_MINUTES} * interval '1 minute' LIMIT ${rows}
		)`;
}
