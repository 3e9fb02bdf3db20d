import type pg from 'pg';
import { SQL } from '#lib/server/database/database.ts';
import type { Value } from './source.ts';

/* How far a source has been read: up to which id of a message, so that the last step of a move reads only what is new. */

/** Not above any id of a message, as PostgreSQL and SQLite store them. */
export const BEGINNING = String(-(2n ** 63n));

/** In PostgreSQL, a message can appear after others with higher ids, if its transaction took longer than theirs. */
const LATE_IDS = 10_000n;

/** Compares ids of messages with the one after which a source is read, and keeps the highest of those that are taken. */
export class Position {
	readonly #after: bigint;
	#last: bigint | null = null;

	constructor(after: string) {
		this.#after = BigInt(after);
	}

	/** The highest id so far, or null. */
	get last(): string | null {
		return this.#last === null ? null : String(this.#last);
	}

	/** Whether a message is to be taken. One whose id is malformed is, so that it is rejected with its reason. */
	isAhead(id: Value): boolean {
		return !isId(id) || BigInt(id) > this.#after;
	}

	/** Moves to a message. Not to one that was rejected, whose id may be wrong: all later ones would be omitted. */
	moveTo(id: Value): void {
		if (isId(id) && (this.#last === null || BigInt(id) > this.#last)) this.#last = BigInt(id);
	}
}

function isId(value: Value): value is string {
	return typeof value === 'string' && /^-?\d{1,18}$/.test(value);
}

/** Resolves to the id after which messages can be new since the last import of a source, or null if there was none. */
export async function findPosition(client: pg.ClientBase, source: string): Promise<string | null> {
	const { rows } = await client.query<{ last: string }>(
		SQL`SELECT last_message::text AS last FROM import_positions WHERE source = ${source}`
	);
	return rows[0] ? String(BigInt(rows[0].last) - LATE_IDS) : null;
}

/** Remembers the highest id that an import of a source has read. */
export async function rememberPosition(client: pg.ClientBase, source: string, last: string | null): Promise<void> {
	if (last === null) return;
	await client.query(SQL`
		INSERT INTO import_positions (source, last_message) VALUES (${source}, ${last})
		ON CONFLICT (source) DO UPDATE SET last_message = greatest(import_positions.last_message, excluded.last_message)`);
}
