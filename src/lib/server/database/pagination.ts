import { PAGE_SIZE } from '#lib/limits.ts';
import { SQL, type Statement } from './database.ts';
import { readRows } from './replica-reads.ts';

/** Which page of a list: the newest, the one before an id, or the one after it. */
export type Cursor = { before: number } | { after: number } | null;

/** A page, newest first, with the cursors of its neighbours (null where there is none). */
export interface Page<Item> {
	items: Item[];
	/** `before` of the next page. */
	older: number | null;
	/** `after` of the page in front. */
	newer: number | null;
}

/** The part of an index that a page is read from: a condition on `id` with its order. */
export interface Range {
	sql: Statement;
	direction: Statement;
}

/**
 * Reads a page of a list whose rows have a rising `id`. `select` gets the range and must end in it,
 * or order by `direction` itself. One row more than a page tells whether there is a further one.
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

/** The cursor in an address's `before` or `after`; `invalid` when it is not a whole number. */
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
