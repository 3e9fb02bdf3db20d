import type { Entry } from './indexed-db.ts';

/** What a sentence calls these entries, in singular or plural: "message", "changes". */
export function entryNoun(entries: Entry[]): string {
	const noun = entries.every(({ kind }) => kind === 'message') ? 'message' : 'change';
	return entries.length === 1 ? noun : `${noun}s`;
}
