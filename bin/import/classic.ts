import type { SourceRow, Value } from '#lib/server/import/source.ts';

/** The tables of the classic schema and their columns, in their order. None has a key that can be relied upon. */
export const CLASSIC_TABLES = {
	user: ['user_id', 'username', 'email', 'pw_hash'],
	message: ['message_id', 'author_id', 'text', 'pub_date', 'flagged'],
	follower: ['who_id', 'whom_id']
};

/** Columns of a file that `minitwit export` has written. */
export const OWN_COLUMNS = {
	user: ['created_at', 'display_name', 'bio', 'link'],
	message: ['posted_at', 'client_id'],
	follower: ['followed_at']
};

export type ClassicTable = keyof typeof CLASSIC_TABLES;

/** The values of a row by column. A column that the table lacks is undefined. */
export type Row = Record<string, Value>;

/** Returns what a row of a classic table means. */
export function toSourceRow(table: ClassicTable, row: Row): SourceRow {
	if (table === 'user') {
		return {
			kind: 'user',
			id: row.user_id,
			name: row.username,
			email: row.email,
			password: row.pw_hash,
			createdAt: row.created_at,
			displayName: row.display_name,
			bio: row.bio,
			link: row.link
		};
	}
	if (table === 'follower') {
		return { kind: 'follow', followerId: row.who_id, followeeId: row.whom_id, followedAt: row.followed_at };
	}
	return {
		kind: 'message',
		id: row.message_id,
		authorId: row.author_id,
		text: row.text,
		postedAt: row.posted_at ?? row.pub_date,
		flagged: row.flagged,
		clientId: row.client_id
	};
}
