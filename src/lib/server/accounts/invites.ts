import { createHash, randomBytes } from 'node:crypto';
import { SQL, type Statement, queryRow, queryRows } from '#lib/server/database/database.ts';
import { NO_SUBJECT, type Operator, recorded } from '#lib/server/moderation/audit-records.ts';

/** An invitation to register, without its code, which only its creation returns. */
export interface Invite {
	id: number;
	/** How many people can register with it, and how many have. */
	max_uses: number;
	uses: number;
	/** What the operator wrote about it. */
	note: string | null;
	created_at: Date;
	expires_at: Date;
}

const COLUMNS = SQL`id, max_uses, uses, note, created_at, expires_at`;

/** Digits and letters that people can tell apart, as in Crockford's Base 32: https://www.crockford.com/base32.html */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 80 bits, so that nobody guesses one and a plain hash hides it. */
const CODE_LENGTH = 16;
/** A longer entry is no code, with whatever is typed between the letters. */
const MAX_ENTERED_LENGTH = 100;

/** The hash of a code as people type it: in any case, with any separators, and with O for 0 or I and L for 1. */
function hashOf(entered: string): Buffer {
	const letters = entered.slice(0, MAX_ENTERED_LENGTH).toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1');
	const code = letters.replace(/[^0-9A-Z]/g, '');
	return createHash('sha256').update(code).digest();
}

/** Who can use an invitation: how many people, for how many days. The note is for the operator. */
export interface NewInvite {
	uses: number;
	days: number;
	note: string | null;
}

/** Creates an invitation. Resolves to it and its code, in groups of four, which is not stored. */
export async function createInvite(
	operator: Operator,
	{ uses, days, note }: NewInvite
): Promise<{ code: string; invite: Invite }> {
	const letters = [...randomBytes(CODE_LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
	const code = (letters.match(/.{4}/g) ?? []).join('-');
	const next = await queryRow<{ id: number }>(SQL`SELECT nextval(pg_get_serial_sequence('invites', 'id')) AS id`);
	const entry = { action: 'invite.create', reason: note, details: { invite: next?.id, uses, days } } as const;
	const invite = await queryRow<Invite>(
		SQL`
		WITH created AS (
			INSERT INTO invites (id, code_hash, max_uses, note, expires_at) OVERRIDING SYSTEM VALUE
			VALUES (${next?.id}, ${hashOf(code)}, ${uses}, ${note}, now() + ${days} * interval '1 day')
			RETURNING *
		), recorded AS (`
			.append(recorded(operator, entry, NO_SUBJECT))
			.append(SQL`) SELECT `)
			.append(COLUMNS)
			.append(SQL` FROM created`)
	);
	return { code, invite: invite as Invite };
}

/** Resolves to the invitations that have not expired, used up or not, newest first. */
export function listInvites(): Promise<Invite[]> {
	return queryRows<Invite>(
		SQL`SELECT `.append(COLUMNS).append(SQL` FROM invites WHERE expires_at > now() ORDER BY id DESC`)
	);
}

/** Revokes an invitation: nobody can register with it any more. Resolves to it, or to null if there is none. */
export function revokeInvite(operator: Operator, id: number): Promise<Invite | null> {
	const entry = { action: 'invite.revoke', reason: null, details: { invite: id } } as const;
	return queryRow<Invite>(
		SQL`WITH revoked AS (DELETE FROM invites WHERE id = ${id} RETURNING *), recorded AS (`
			.append(
				recorded(
					operator,
					entry,
					SQL`(SELECT subject.* FROM revoked CROSS JOIN `.append(NO_SUBJECT).append(SQL`) AS subject`)
				)
			)
			.append(SQL`) SELECT `)
			.append(COLUMNS)
			.append(SQL` FROM revoked`)
	);
}

const isUsable = (code: string) => SQL`code_hash = ${hashOf(code)} AND uses < max_uses AND expires_at > now()`;

/** Resolves to whether somebody can register with a code now. */
export async function isUsableInvite(code: string): Promise<boolean> {
	return (await queryRow(SQL`SELECT FROM invites WHERE `.append(isUsable(code)))) !== null;
}

/** A statement that selects the invitation with a code, if it can be used, and keeps it for this transaction. */
export function lockedInvite(code: string): Statement {
	return SQL`SELECT FROM invites WHERE `.append(isUsable(code)).append(SQL` FOR UPDATE`);
}

/** A statement that counts a use of an invitation. */
export function usedInvite(code: string): Statement {
	return SQL`UPDATE invites SET uses = uses + 1 WHERE `.append(isUsable(code));
}

/** A statement that deletes at most `rows` invitations that have expired. */
export function expiredInvites(rows: number): Statement {
	return SQL`
		DELETE FROM invites
		WHERE id IN (SELECT id FROM invites WHERE expires_at <= now() LIMIT ${rows}) AND expires_at <= now()`;
}
