import { SQL, queryRows } from '#lib/server/database/database.ts';

/** Resolves to the newest message texts of a user in the database, oldest first. */
export async function textsOf({ id }: { id: number }, count = 30): Promise<string[]> {
	const rows = await queryRows<{ text: string }>(
		SQL`SELECT text FROM messages WHERE author_id = ${id} ORDER BY id DESC LIMIT ${count}`
	);
	return rows.map(({ text }) => text).reverse();
}
