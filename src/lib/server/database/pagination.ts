import { PAGE_SIZE } from '#lib/limits.ts';
import { SQL, type Statement } from './database.ts';
import { readRows } from './replica-reads.ts';

/** The position of a page in a list: the newest page (null), the one before an id, or the one after it. */
export type Cursor = { before: number } | { after: number } | null;

/** A page, newest item first, with the cursors of the adjacent pages (null where there is none). */
export interface Page<Item> {
	items: Item[];
	/** The `before` cursor of the next, older page. */
	older: number | null;
	/** The `after` cursor of the previous, newer page. */
	newer: number | null;
}

/** The index range that a page is read from: a condition on `id` and its order. */
export interface Range {
	sql: Statement;
	direction: Statement;
}

/**
 * Reads a page of a list whose rows have an increasing `id`. The statement that `select` returns must end with the
 * range, or order by `direction` itself. It fetches one row more than a page to find out whether another page follows.
 */
export async function readPage<Item extends { id: number }>(
	cursor: Cursor,
	name: string,
	select: (range: Range) => Statement
): Promise<Page<Item>> {
	const forwards = cursor !== null && 'after' in cursor;
	const range = forwards
		? { sql: SQL`id > ${cursor.after} ORDER BY id ASC`, direction: SQL`ASC` }
		: { sql: SQL`id < ${cursor?.before ?? Number.MAX_SAFE_INTEGER} ORDER BY id DESC`, direction: SQL`DESC` };
	const statement = select(range).append(SQL` LIMIT ${PAGE_SIZE + 1}`);
	const rows = await readRows<Item>(statement.setName(forwards ? `${name}_after` : `${name}_before`));
	const hasMore = rows.length > PAGE_SIZE;
	const items = rows.slice(0, PAGE_SIZE);
	if (forwards) items.reverse();
	const first = items[0]?.id ?? null;
	const last = items.at(-1)?.id ?? null;
	return forwards
		? { items, older: last, newer: hasMore ? first : null }
		: { items, older: hasMore ? last : null, newer: cursor === null ? null : first };
}

/** Parses the `before` or `after` parameter of a URL. Returns 'invalid' if it is not a whole number. */
export function parseCursor(parameters: URLSearchParams): Cursor | 'invalid' {
	for (const side of ['before', 'after'] as const) {
		const text = parameters.get(side);
		if (text === null) continue;
		const id = Number(text);
		if (!/^\d+$/.test(text) || !Number.isSafeInteger(id)) return 'invalid';
		return side === 'before' ? { before: id } : { after: id };
	}
	return null;
}
