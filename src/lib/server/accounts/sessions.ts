import { createHash } from 'node:crypto';
import { type Adapter, type DatabaseSession, Lucia, TimeSpan } from 'lucia';
import { createBatch } from '#lib/server/database/batch.ts';
import { SQL, type Statement, execute, queryRows } from '#lib/server/database/database.ts';

/*
 * Sessions of logged-in browsers. Lucia creates ids, expires sessions, and renews them after half their lifetime. The
 * adapter below stores the SHA-256 of an id instead of the id, and enforces a maximum lifetime, which Lucia cannot. No
 * other file imports lucia, so that it can be replaced here (version 3 has been unmaintained since 2025).
 */

declare module 'lucia' {
	interface Register {
		UserId: number;
		Lucia: Lucia<Record<never, never>, Attributes>;
		DatabaseUserAttributes: Attributes;
		DatabaseSessionAttributes: { device: string | null };
	}
}

/** The user who makes a request. */
export interface SignedIn {
	id: number;
	name: string;
	/** Why the account cannot write, if it is suspended. */
	suspension?: string;
	/** Set if the user may moderate. */
	isModerator?: true;
}

type Attributes = Omit<SignedIn, 'id'>;

/** The NOTIFY channel that tells web servers about ended sessions. */
export const SESSIONS_CHANNEL = 'sessions_ended';

/** The name of the session cookie. */
export const SESSION_COOKIE = 'session';

interface SessionRow {
	user_id: number;
	expires_at: Date;
	created_at: Date;
	name: string;
	/** Null if the account is not suspended. */
	suspension: string | null;
	is_moderator: boolean;
	/** Whether the last visit was recorded more than an hour ago. */
	is_unseen: boolean;
}

let lucia: Lucia<Record<never, never>, Attributes> | null = null;
let sessionSeconds = 0;
let maxSeconds = 0;

/** The stored hash of a session's id. */
export const hashOf = (id: string) => createHash('sha256').update(id).digest();

/**
 * An expiry date that Lucia never considers due for renewal. Without it, Lucia would renew a session near its
 * maximum lifetime on every request, with a statement and a cookie each time.
 */
const NOT_RENEWED = new Date(8.64e15);

function toSession(id: string, { user_id: userId, expires_at, created_at }: SessionRow): DatabaseSession {
	const end = new Date(created_at.getTime() + maxSeconds * 1000);
	const last = end > new Date() ? NOT_RENEWED : end;
	return { id, userId, expiresAt: expires_at < end ? expires_at : last, attributes: { device: null } };
}

/** A statement that deletes sessions and notifies all web servers, which may have open streams for them. */
export function endedSessions(condition: Statement): Statement {
	return SQL`WITH ended AS (DELETE FROM sessions WHERE `
		.append(condition)
		.append(SQL` RETURNING id_hash) SELECT pg_notify(${SESSIONS_CHANNEL}, '') FROM ended LIMIT 1`);
}

/** A condition for sessions that have neither expired nor reached their maximum lifetime. */
export function isRunning(): Statement {
	return SQL`expires_at > now() AND created_at + ${maxSeconds} * interval '1 second' > now()`;
}

const findSession = createBatch<string, SessionRow | null>({
	name: 'find_session',
	async run(ids) {
		const hashes = ids.map(hashOf);
		const rows = await queryRows<SessionRow & { id_hash: Buffer }>(
			SQL`
			SELECT sessions.id_hash, sessions.user_id, sessions.expires_at, sessions.created_at, users.name,
				(SELECT reason FROM suspended_accounts WHERE user_id = users.id) AS suspension,
				EXISTS (SELECT FROM moderators WHERE user_id = users.id) AS is_moderator,
				sessions.last_seen_at < now() - interval '1 hour' AS is_unseen
			FROM sessions JOIN users ON users.id = sessions.user_id
			WHERE sessions.id_hash = ANY (${hashes})
				AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = sessions.user_id)`.setName('find_session')
		);
		const byHash = new Map(rows.map((row) => [row.id_hash.toString('hex'), row]));
		return hashes.map((hash) => byHash.get(hash.toString('hex')) ?? null);
	}
});

/** Records a visit, at most once an hour for each session, so that requests do not write. It may fail: the request goes on. */
async function noteVisit(id: string): Promise<void> {
	await execute(
		SQL`
		UPDATE sessions SET last_seen_at = now()
		WHERE id_hash = ${hashOf(id)} AND last_seen_at < now() - interval '1 hour'`.setName('note_visit')
	).catch(() => undefined);
}

/** Without the attributes that few have, because the data of every page contains them. A suspended user does not moderate. */
function attributesOf({ name, suspension, is_moderator }: SessionRow): Attributes {
	if (suspension !== null) return { name, suspension };
	return is_moderator ? { name, isModerator: true } : { name };
}

const adapter: Adapter = {
	async getSessionAndUser(id) {
		const row = await findSession(id);
		if (!row) return [null, null];
		if (row.is_unseen) await noteVisit(id);
		return [toSession(id, row), { id: row.user_id, attributes: attributesOf(row) }];
	},
	async getUserSessions() {
		throw new Error('Session ids cannot be listed: only their hashes are stored');
	},
	async setSession({ id, userId, expiresAt, attributes }) {
		await execute(SQL`
			INSERT INTO sessions (id_hash, user_id, expires_at, device)
			VALUES (
				${hashOf(id)}, ${userId}, least(${expiresAt}, now() + ${maxSeconds} * interval '1 second'), ${attributes.device}
			)`);
	},
	async updateSessionExpiration(id, expiresAt) {
		await execute(SQL`
			UPDATE sessions SET expires_at = least(${expiresAt}, created_at + ${maxSeconds} * interval '1 second')
			WHERE id_hash = ${hashOf(id)}`);
	},
	async deleteSession(id) {
		await execute(endedSessions(SQL`id_hash = ${hashOf(id)}`));
	},
	async deleteUserSessions(userId) {
		await execute(endedSessions(SQL`user_id = ${userId}`));
	},
	async deleteExpiredSessions() {
		throw new Error('Expired sessions are deleted in batches by maintenance.ts');
	}
};

/** Sets the lifetime of a session without visits and its maximum lifetime, both in days. */
export function configureSessions(days: number, maxDays: number): void {
	sessionSeconds = days * 24 * 3600;
	maxSeconds = maxDays * 24 * 3600;
	lucia = new Lucia(adapter, {
		sessionExpiresIn: new TimeSpan(days, 'd'),
		getUserAttributes: (attributes) => attributes
	});
}

function sessions() {
	if (!lucia) throw new Error('configureSessions must be called before a session is used');
	return lucia;
}

/** The lifetime of the session cookie, in seconds. */
export function sessionMaxAge(): number {
	return sessionSeconds;
}

/**
 * Logs a user in and ends the browser's previous session, if any. `device` describes the browser to its user. Resolves
 * to the id of the new session, which is not stored on the server.
 */
export async function createSession(
	userId: number,
	formerId: string | null = null,
	device: string | null = null
): Promise<string> {
	const { id } = await sessions().createSession(userId, { device });
	if (formerId !== null) await deleteSession(formerId);
	return id;
}

/**
 * Resolves to the user of a session, or null if the session is unknown or expired. `renewed` means that its
 * lifetime was extended and the cookie must be set again.
 */
export async function findSignedIn(id: string): Promise<{ user: SignedIn; renewed: boolean } | null> {
	const { session, user } = await sessions().validateSession(id);
	return session ? { user, renewed: session.fresh } : null;
}

/** Resolves to those of the given sessions that have expired or were deleted. */
export async function listEndedSessions(ids: string[]): Promise<string[]> {
	const rows = await queryRows<{ hash: string }>(
		SQL`
		SELECT encode(id_hash, 'hex') AS hash FROM sessions
		WHERE id_hash = ANY(${ids.map(hashOf)}) AND `.append(isRunning())
	);
	const running = new Set(rows.map(({ hash }) => hash));
	return ids.filter((id) => !running.has(hashOf(id).toString('hex')));
}

/** Ends one session. */
export async function deleteSession(id: string): Promise<void> {
	await sessions().invalidateSession(id);
}

/** Ends all sessions of a user. */
export async function deleteSessionsOf(userId: number): Promise<void> {
	await sessions().invalidateUserSessions(userId);
}

/** Ends all sessions of a user except `keptId`. */
export async function deleteOtherSessionsOf(userId: number, keptId: string): Promise<void> {
	await execute(otherSessionsEnded(userId, keptId));
}

/** The statement of `deleteOtherSessionsOf`, for a transaction. */
export function otherSessionsEnded(userId: number, keptId: string): Statement {
	return endedSessions(SQL`user_id = ${userId} AND id_hash <> ${hashOf(keptId)}`);
}

/** A statement that deletes at most `rows` expired sessions. */
export function expiredSessions(rows: number): Statement {
	return SQL`
		DELETE FROM sessions
		WHERE id_hash IN (SELECT id_hash FROM sessions WHERE expires_at <= now() LIMIT ${rows})
			AND expires_at <= now()`;
}
