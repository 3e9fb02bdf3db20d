import type { SourceRow, Value } from '#lib/server/import/source.ts';

/** The tables of the classic schema and their columns, in their order. None has a key that can be relied upon. */
export const CLASSIC_TABLES = {
	user: ['user_id', 'username', 'email', 'pw_hash'],
	message: ['message_id', 'author_id', 'text', 'pub_date', 'flagged'],
	follower: ['who_id', 'whom_id']
};

export type ClassicTable = keyof typeof CLASSIC_TABLES;

/** The values of a row by column. A column that the table lacks is undefined. */
export type Row = Record<string, Value>;

/** Returns what a row of a classic table means. */
export function toSourceRow(table: ClassicTable, row: Row): SourceRow {
	if (table === 'user') {
		return { kind: 'user', id: row.user_id, name: row.username, email: row.email, password: row.pw_hash };
	}
	if (table === 'follower') return { kind: 'follow', followerId: row.who_id, followeeId: row.whom_id };
	return {
		kind: 'message',
		id: row.message_id,
		authorId: row.author_id,
		text: row.text,
		postedAt: row.pub_date,
		flagged: row.flagged
	};
}
