import { PAGE_SIZE } from '#lib/limits.ts';
import { createReadBatch } from './batch.ts';
import { SQL, type Statement } from './database.ts';
import { BACKWARDS, type Cursor, FORWARDS, type SelectRows, boundOf, isForwards } from './pagination.ts';
import { readRows } from './replica-reads.ts';

/*
 * The state of a page tells whether it has changed since it was rendered: it is a digest of the versions of all rows
 * that the page shows (see read-versions.ts).
 */

/** To whom lists belong. */
export interface ListOwner {
	/** Joins the owner called `input.name`. */
	join: Statement;
	/** The list's id, and the version of what each page shows of the owner. */
	columns: Statement;
}

interface StateRequest {
	/** The name of the list's owner. */
	owner: string;
	bound: number;
}

const NOBODY: ListOwner = { join: SQL``, columns: SQL`0 AS list, '' AS version` };

/**
 * Returns a function that resolves to the state of a page of an owner's list, or to null if the owner does not exist.
 * `select` is the statement of the page. Requests that arrive together share a statement.
 */
export function createPageStates(
	name: string,
	select: SelectRows,
	owner: ListOwner = NOBODY
): (owner: string, cursor: Cursor) => Promise<string | null> {
	const findAfter = createStates(`${name}_after`, select(FORWARDS), owner);
	const findBefore = createStates(`${name}_before`, select(BACKWARDS), owner);
	return (owner, cursor) => (isForwards(cursor) ? findAfter : findBefore)({ owner, bound: boundOf(cursor) });
}

function createStates(name: string, select: Statement, { join, columns }: ListOwner) {
	return createReadBatch<StateRequest, string | null>({
		name,
		// One statement for all who ask costs PostgreSQL much less than two for half of them each.
		maxRunning: 1,
		async run(requests) {
			const keyOf = ({ owner, bound }: StateRequest) => `${bound} ${owner}`;
			const distinct = [...new Map(requests.map((request) => [keyOf(request), request])).values()];
			const rows = await readRows<{ ordinal: number; state: string }>(
				SQL`
				SELECT page.ordinal, md5(concat(page.version, rows.versions)) AS state
				FROM (SELECT input.ordinal, input.bound, NULL::bigint AS viewer, `
					.append(columns)
					.append(
						SQL` FROM unnest(
					${distinct.map(({ owner }) => owner)}::text[], ${distinct.map(({ bound }) => bound)}::bigint[]
				) WITH ORDINALITY AS input (name, bound, ordinal)`
					)
					.append(join)
					.append(SQL`) AS page CROSS JOIN LATERAL (SELECT string_agg(item.version, '') AS versions FROM (`)
					.append(select)
					.append(SQL` LIMIT ${PAGE_SIZE + 1}) AS item) AS rows`)
					.setName(name)
			);
			const states = new Map<string, string>();
			for (const { ordinal, state } of rows) states.set(keyOf(distinct[ordinal - 1] as StateRequest), state);
			return requests.map((request) => states.get(keyOf(request)) ?? null);
		}
	});
}
