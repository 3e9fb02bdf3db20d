import { PAGE_SIZE } from '#lib/limits.ts';
import { SQL, type Statement } from './database.ts';
import { createReadBatch } from './batch.ts';
import { noteVersion } from './read-versions.ts';
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
 * Returns the statement that selects a list's rows in a range. It finds the list's id in `page.list` and the account
 * that reads it in `page.viewer`, NULL for a visitor, and must end with the range, or order by its `direction` itself.
 * The column `version` is a text that identifies the row and differs after each update.
 */
export type SelectRows = (range: Range) => Statement;

type Row<Item> = Item & { version: string };

interface PageRequest {
	/** What the list belongs to, such as a user's id. */
	list: number;
	/** The id before or after which the page begins. */
	bound: number;
	viewer: number | null;
}

export const FORWARDS: Range = { sql: SQL`id > page.bound ORDER BY id ASC`, direction: SQL`ASC` };
export const BACKWARDS: Range = { sql: SQL`id < page.bound ORDER BY id DESC`, direction: SQL`DESC` };

/**
 * Returns a function that reads a page of lists whose rows have an increasing `id`. It fetches one row more than a page
 * to find out whether another page follows. Requests that arrive together share a statement.
 */
export function createPages<Item extends { id: number }>(
	name: string,
	select: SelectRows
): (list: number, cursor: Cursor, viewer?: number | null) => Promise<Page<Item>> {
	const readAfter = createRows<Item>(`${name}_after`, select(FORWARDS));
	const readBefore = createRows<Item>(`${name}_before`, select(BACKWARDS));
	return async (list, cursor, viewer = null) => {
		const forwards = isForwards(cursor);
		const rows = await (forwards ? readAfter : readBefore)({ list, bound: boundOf(cursor), viewer });
		for (const { version } of rows) noteVersion(version);
		const hasMore = rows.length > PAGE_SIZE;
		const items = rows.slice(0, PAGE_SIZE).map(({ version: _, ...item }) => item as unknown as Item);
		if (forwards) items.reverse();
		const first = items[0]?.id ?? null;
		const last = items.at(-1)?.id ?? null;
		return forwards
			? { items, older: last, newer: hasMore ? first : null }
			: { items, older: hasMore ? last : null, newer: cursor === null ? null : first };
	};
}

/** Whether a page continues towards newer items. */
export function isForwards(cursor: Cursor): boolean {
	return cursor !== null && 'after' in cursor;
}

/** Returns the id at which a page begins; beyond all ids for the newest page. */
export function boundOf(cursor: Cursor): number {
	if (cursor === null) return Number.MAX_SAFE_INTEGER;
	return 'after' in cursor ? cursor.after : cursor.before;
}

/** Equal requests, such as those for the newest public page, share their rows, which must not be changed. */
function createRows<Item>(name: string, select: Statement) {
	return createReadBatch<PageRequest, readonly Row<Item>[]>({
		name,
		async run(requests) {
			const keyOf = ({ list, bound, viewer }: PageRequest) => `${list} ${bound} ${viewer}`;
			const distinct = [...new Map(requests.map((request) => [keyOf(request), request])).values()];
			const rows = await readRows<Row<Item> & { ordinal?: number }>(
				SQL`
				SELECT item.*, page.ordinal FROM unnest(
					${distinct.map(({ list }) => list)}::bigint[], ${distinct.map(({ bound }) => bound)}::bigint[],
					${distinct.map(({ viewer }) => viewer)}::bigint[]
				) WITH ORDINALITY AS page (list, bound, viewer, ordinal)
				CROSS JOIN LATERAL (`
					.append(select)
					.append(SQL` LIMIT ${PAGE_SIZE + 1}) AS item`)
					.setName(name)
			);
			const pages = new Map<string, Row<Item>[]>(distinct.map((request) => [keyOf(request), []]));
			const lists = [...pages.values()];
			for (const { ordinal, ...item } of rows) lists[(ordinal ?? 0) - 1]?.push(item as unknown as Row<Item>);
			return requests.map((request) => pages.get(keyOf(request)) ?? []);
		}
	});
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
