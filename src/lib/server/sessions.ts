import { createHash } from 'node:crypto';
import { type Adapter, type DatabaseSession, Lucia, TimeSpan } from 'lucia';
import { SQL, execute, queryRow } from './database.ts';

/*
 * Signed-in browsers. Lucia makes the ids, ends sessions and renews them past half their time; the
 * adapter below stores the SHA-256 of an id in place of the id. No other file imports lucia, so that
 * it can be replaced here (its author ended version 3 in 2025).
 */

declare module 'lucia' {
	interface Register {
		UserId: number;
		Lucia: Lucia<Record<never, never>, { name: string }>;
		DatabaseUserAttributes: { name: string };
	}
}

/** The person whom a request comes from. */
export interface SignedIn {
	id: number;
	name: string;
}

/** The cookie that holds a session's id. */
export const SESSION_COOKIE = 'session';

interface SessionRow {
	user_id: number;
	expires_at: Date;
	name: string;
}

const hashOf = (id: string) => createHash('sha256').update(id).digest();

const toSession = (id: string, row: SessionRow): DatabaseSession => ({
	id,
	userId: row.user_id,
	expiresAt: row.expires_at,
	attributes: {}
});

const adapter: Adapter = {
	async getSessionAndUser(id) {
		const row = await queryRow<SessionRow>(
			SQL`
			SELECT sessions.user_id, sessions.expires_at, users.name
			FROM sessions JOIN users ON users.id = sessions.user_id
			WHERE sessions.id_hash = ${hashOf(id)}`.setName('find_session')
		);
		if (!row) return [null, null];
		return [toSession(id, row), { id: row.user_id, attributes: { name: row.name } }];
	},
	async getUserSessions() {
		throw new Error('The ids of sessions cannot be listed: only their hashes are stored');
	},
	async setSession({ id, userId, expiresAt }) {
		await execute(SQL`
			INSERT INTO sessions (id_hash, user_id, expires_at) VALUES (${hashOf(id)}, ${userId}, ${expiresAt})`);
	},
	async updateSessionExpiration(id, expiresAt) {
		await execute(SQL`UPDATE sessions SET expires_at = ${expiresAt} WHERE id_hash = ${hashOf(id)}`);
	},
	async deleteSession(id) {
		await execute(SQL`DELETE FROM sessions WHERE id_hash = ${hashOf(id)}`);
	},
	async deleteUserSessions(userId) {
		await execute(SQL`DELETE FROM sessions WHERE user_id = ${userId}`);
	},
	async deleteExpiredSessions() {
		await execute(SQL`DELETE FROM sessions WHERE expires_at <= now()`);
	}
};

let lucia: Lucia<Record<never, never>, { name: string }> | null = null;
let sessionSeconds = 0;

/** Sets how long a session lasts without a visit. */
export function configureSessions(days: number): void {
	sessionSeconds = days * 24 * 3600;
	lucia = new Lucia(adapter, {
		sessionExpiresIn: new TimeSpan(days, 'd'),
		getUserAttributes: ({ name }) => ({ name })
	});
}

function sessions() {
	if (!lucia) throw new Error('A session is used before configureSessions was called');
	return lucia;
}

/** How long the session's cookie is kept, in seconds. */
export function sessionMaxAge(): number {
	return sessionSeconds;
}

/**
 * Signs a person in and ends the session that their browser had before, whose id it forgets. Resolves
 * to the new session's id, which only the browser keeps.
 */
export async function createSession(userId: number, formerId: string | null = null): Promise<string> {
	const { id } = await sessions().createSession(userId, {});
	if (formerId !== null) await deleteSession(formerId);
	return id;
}

/**
 * The person to whom a session belongs, null when it is unknown or has ended. `renewed` says that it
 * now lasts longer and that its cookie should too.
 */
export async function findSignedIn(id: string): Promise<{ user: SignedIn; renewed: boolean } | null> {
	const { session, user } = await sessions().validateSession(id);
	return session ? { user: { id: user.id, name: user.name }, renewed: session.fresh } : null;
}

/** Signs a browser out. */
export async function deleteSession(id: string): Promise<void> {
	await sessions().invalidateSession(id);
}

/** Signs a person out everywhere. */
export async function deleteSessionsOf(userId: number): Promise<void> {
	await sessions().invalidateUserSessions(userId);
}

/** Removes the sessions that have ended. */
export async function deleteExpiredSessions(): Promise<void> {
	await sessions().deleteExpiredSessions();
}
