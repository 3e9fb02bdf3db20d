import { once } from 'node:events';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Columns } from './check-row.ts';

/*
 * Rows are copied into the tables import_users, import_messages and import_follows, where SQL decides what to take. Nothing
 * but a part of a table is ever in memory.
 */

/** COPY has little to gain from larger parts. */
const PART_CHARACTERS = 128 * 1024;

const TARGETS = {
	user: `import_users (id, key, name, email, password_hash, password_fault, created_at, display_name, bio, link)`,
	message: `import_messages (id, author_id, text, posted_at, flagged, client_id)`,
	follow: `import_follows (follower_id, followee_id, followed_at)`
};

export type StagedKind = keyof typeof TARGETS;

/** Copies rows into the staging tables, in parts. A part is written while the next one is read. */
export class Staging {
	readonly #client: pg.ClientBase;
	readonly #parts: Record<StagedKind, string> = { user: '', message: '', follow: '' };
	#writing: Promise<void> = Promise.resolve();

	constructor(client: pg.ClientBase) {
		this.#client = client;
	}

	/** Adds a row. Returns a promise if the row's kind has to wait for the part before it. */
	add(kind: StagedKind, columns: Columns): Promise<void> | undefined {
		this.#parts[kind] += `${columns.map(escapeColumn).join('\t')}\n`;
		return this.#parts[kind].length >= PART_CHARACTERS ? this.#write(kind) : undefined;
	}

	/** Writes what is left. */
	async end(): Promise<void> {
		for (const kind of Object.keys(TARGETS) as StagedKind[]) await this.#write(kind);
		await this.#writing;
	}

	async #write(kind: StagedKind): Promise<void> {
		await this.#writing;
		const part = this.#parts[kind];
		this.#parts[kind] = '';
		if (part === '') return;
		this.#writing = copy(this.#client, `COPY ${TARGETS[kind]} FROM STDIN`, part);
		// The next part, or end(), rejects.
		this.#writing.catch(() => undefined);
	}
}

async function copy(client: pg.ClientBase, statement: string, rows: string): Promise<void> {
	const stream = client.query(copyFrom(statement));
	stream.end(rows);
	await once(stream, 'finish');
}

/** Escapes a value as COPY's text format demands. */
function escapeColumn(value: string | null): string {
	return value === null ? '\\N' : value.replace(/[\\\t\n\r]/g, escapeCharacter);
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const escapeCharacter = (character: string) => ESCAPES[character] ?? character;
