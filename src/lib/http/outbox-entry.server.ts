import * as v from 'valibot';

/*
 * The server's end of a browser's outbox. Every entry may come any number of times, because a browser
 * cannot know whether an answer that was lost had been given: it does its work once.
 */

const common = { id: v.pipe(v.string(), v.uuid()), owner: v.pipe(v.number(), v.integer()) };

const ENTRY = v.variant('kind', [
	v.object({ ...common, kind: v.literal('message'), text: v.string() }),
	v.object({ ...common, kind: v.picklist(['follow', 'unfollow']), name: v.string() })
]);

/** What a person has asked for in a browser; `owner` is the id of that person's account. */
export type Entry = v.InferOutput<typeof ENTRY>;

/** An entry as it came over the wire; null for anything else. */
export function parseEntry(body: unknown): Entry | null {
	const parsed = v.safeParse(ENTRY, body);
	return parsed.success ? parsed.output : null;
}
