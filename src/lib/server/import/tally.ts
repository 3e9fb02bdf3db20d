/** The kinds of rows that are counted. */
export const KINDS = ['users', 'messages', 'follows'] as const;
export type Kind = (typeof KINDS)[number];

/** What became of the rows of a kind: `read` is the sum of the others. */
export interface Tally {
	read: number;
	imported: number;
	/** Taken by an earlier import, or present here anyway. */
	there: number;
	/** Doubles of another row; accounts whose user has one here already. */
	merged: number;
	rejected: number;
}

/** What an import did. */
export interface ImportSummary extends Record<Kind, Tally> {
	/** Imported users whose password cannot be used here. */
	withoutPassword: number;
}

/** A row that was not taken, or a password that cannot be used. */
export interface Reject {
	kind: 'user' | 'message' | 'follow' | 'latest' | 'password';
	reason: string;
	row: object;
}

/** Returns the summary of an import that has read nothing. */
export function emptySummary(): ImportSummary {
	const tally = (): Tally => ({ read: 0, imported: 0, there: 0, merged: 0, rejected: 0 });
	return { users: tally(), messages: tally(), follows: tally(), withoutPassword: 0 };
}

/** Whether the numbers of every kind add up. */
export function addsUp(summary: ImportSummary): boolean {
	return KINDS.map((kind) => summary[kind]).every(
		({ read, imported, there, merged, rejected }) =>
			Math.min(imported, there, merged, rejected) >= 0 && read === imported + there + merged + rejected
	);
}
