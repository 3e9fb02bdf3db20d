import * as v from 'valibot';

/*
 * The server side of the browser's outbox. An entry may arrive any number of times, because a browser cannot
 * know whether a lost response was a success; it takes effect once.
 */

const common = { id: v.pipe(v.string(), v.uuid()), owner: v.pipe(v.number(), v.integer()) };

const ENTRY = v.variant('kind', [
	v.object({ ...common, kind: v.literal('message'), text: v.string() }),
	v.object({ ...common, kind: v.picklist(['follow', 'unfollow']), name: v.string() }),
	v.object({ ...common, kind: v.literal('delete'), message: v.pipe(v.number(), v.safeInteger()) })
]);

/** An action that a user took in a browser; `owner` is the id of their account. */
export type Entry = v.InferOutput<typeof ENTRY>;

/** Parses the body of an entry. Returns null if it is invalid. */
export function parseEntry(body: unknown): Entry | null {
	const parsed = v.safeParse(ENTRY, body);
	return parsed.success ? parsed.output : null;
}
