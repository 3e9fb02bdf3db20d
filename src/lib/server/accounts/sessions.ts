import { createHash } from 'node:crypto';
import { type Adapter, type DatabaseSession, Lucia, TimeSpan } from 'lucia';
import { SQL, type Statement, execute, queryRow, queryRows } from '#lib/server/database/database.ts';

/*
 * Signed-in browsers. Lucia makes the ids, ends sessions and renews them past half their time; the
 * adapter below stores the SHA-256 of an id in place of the id, and ends a session some time after its
 * log-in, which Lucia cannot. No other file imports lucia, so that it can be replaced here (its author
 * ended version 3 in 2025).
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

/** The channel of PostgreSQL on which web servers are told that sessions have been ended. */
export const SESSIONS_CHANNEL = 'sessions_ended';

/** The cookie that holds a session's id. */
export const SESSION_COOKIE = 'session';

interface SessionRow {
	user_id: number;
	expires_at: Date;
	created_at: Date;
	name: string;
}

let lucia: Lucia<Record<never, never>, { name: string }> | null = null;
let sessionSeconds = 0;
let longestSeconds = 0;

const hashOf = (id: string) => createHash('sha256').update(id).digest();

/** A session past half of its time is renewed, with a statement and a cookie; one that ends for good would be at each request. */
const NOT_RENEWED = new Date(8.64e15);

function toSession(id: string, { user_id: userId, expires_at, created_at }: SessionRow): DatabaseSession {
	const end = new Date(created_at.getTime() + longestSeconds * 1000);
	const last = end > new Date() ? NOT_RENEWED : end;
	return { id, userId, expiresAt: expires_at < end ? expires_at : last, attributes: {} };
}

/** Ends sessions and tells all web servers, which may have streams open for them. */
async function endSessions(condition: Statement): Promise<void> {
	const ended = SQL`WITH ended AS (DELETE FROM sessions WHERE `.append(condition).append(SQL` RETURNING id_hash)`);
	await execute(ended.append(SQL` SELECT pg_notify(${SESSIONS_CHANNEL}, '') FROM ended LIMIT 1`));
}

const adapter: Adapter = {
	async getSessionAndUser(id) {
		const row = await queryRow<SessionRow>(
			SQL`
			SELECT sessions.user_id, sessions.expires_at, sessions.created_at, users.name
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
			INSERT INTO sessions (id_hash, user_id, expires_at)
			VALUES (${hashOf(id)}, ${userId}, least(${expiresAt}, now() + ${longestSeconds} * interval '1 second'))`);
	},
	async updateSessionExpiration(id, expiresAt) {
		await execute(SQL`
			UPDATE sessions SET expires_at = least(${expiresAt}, created_at + ${longestSeconds} * interval '1 second')
			WHERE id_hash = ${hashOf(id)}`);
	},
	async deleteSession(id) {
		await endSessions(SQL`id_hash = ${hashOf(id)}`);
	},
	async deleteUserSessions(userId) {
		await endSessions(SQL`user_id = ${userId}`);
	},
	async deleteExpiredSessions() {
		throw new Error('Sessions that have ended are removed in batches: maintenance.ts');
	}
};

/** Sets how many days a session lasts without a visit, and how many at most. */
export function configureSessions(days: number, mostDays: number): void {
	sessionSeconds = days * 24 * 3600;
	longestSeconds = mostDays * 24 * 3600;
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

/** Which of some sessions have ended: by themselves, by a log-out, by the hand of an operator. */
export async function listEndedSessions(ids: string[]): Promise<string[]> {
	const rows = await queryRows<{ hash: string }>(SQL`
		SELECT encode(id_hash, 'hex') AS hash FROM sessions
		WHERE id_hash = ANY(${ids.map(hashOf)}) AND expires_at > now()
			AND created_at + ${longestSeconds} * interval '1 second' > now()`);
	const running = new Set(rows.map(({ hash }) => hash));
	return ids.filter((id) => !running.has(hashOf(id).toString('hex')));
}

/** Signs a browser out. */
export async function deleteSession(id: string): Promise<void> {
	await sessions().invalidateSession(id);
}

/** Signs a person out everywhere. */
export async function deleteSessionsOf(userId: number): Promise<void> {
	await sessions().invalidateUserSessions(userId);
}

/** Signs a person out everywhere but in the browser that has the session `keptId`. */
export async function deleteOtherSessionsOf(userId: number, keptId: string): Promise<void> {
	await endSessions(SQL`user_id = ${userId} AND id_hash <> ${hashOf(keptId)}`);
}

/** Removes sessions that have ended, so many rows at most. */
export function expiredSessions(rows: number): Statement {
	return SQL`
		DELETE FROM sessions
		WHERE id_hash IN (SELECT id_hash FROM sessions WHERE expires_at <= now() LIMIT ${rows})
			AND expires_at <= now()`;
}
