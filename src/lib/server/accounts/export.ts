import { SQL, type Statement, queryRows } from '#lib/server/database/database.ts';
import { findOwnAccount } from './account-changes.ts';
import { type Limited, accountKey, spendPoint } from './rate-limits.ts';
import { listSessions } from './session-list.ts';
import type { SignedIn } from './sessions.ts';

/** Rows that are in memory at a time. */
const PAGE_ROWS = 1_000;

/**
 * Spends a point of the limit on exports. Resolves to the parts of a JSON text with all data of an account, which are read
 * while they are consumed, or to the time to wait. `sessionId` is the session that asks.
 */
export async function exportAccount(
	user: SignedIn,
	sessionId: string
): Promise<{ parts: AsyncGenerator<string> } | { limited: Limited }> {
	const limited = await spendPoint('exportsPerAccount', accountKey(user.name));
	return limited ? { limited } : { parts: writeAccount(user.id, sessionId) };
}

/** Yields the parts of a JSON text with all data of an account. `sessionId` is the session that asks, if one does. */
export async function* writeAccount(id: number, sessionId = ''): AsyncGenerator<string> {
	const account = await findOwnAccount(id);
	const sessions = await listSessions(id, sessionId);
	const shown = sessions.map(({ handle: _, ...session }) => session);
	yield `{\n"exported_at": ${JSON.stringify(new Date())},\n"account": ${JSON.stringify({ id, ...account })},\n`;
	yield `"sessions": ${JSON.stringify(shown)},\n`;
	yield* writeList('following', (after) => follows(after, id, SQL`follower_id`, SQL`followee_id`));
	yield ',\n';
	yield* writeList('followers', (after) => follows(after, id, SQL`followee_id`, SQL`follower_id`));
	yield ',\n';
	yield* writeList(
		'messages',
		(after) => SQL`
		SELECT id, text, posted_at FROM messages
		WHERE author_id = ${id} AND NOT flagged AND id > ${after} ORDER BY id LIMIT ${PAGE_ROWS}`
	);
	yield ',\n';
	yield* writeList(
		'hidden_messages',
		(after) => SQL`
		SELECT message_id AS id, text, posted_at, reason, flagged_at, answer, answered_at
		FROM flags JOIN messages ON messages.id = message_id
		WHERE flags.author_id = ${id} AND message_id > ${after} ORDER BY message_id LIMIT ${PAGE_ROWS}`
	);
	yield '\n}\n';
}

/** Writes a list of rows, which `read` selects in the order of their ids, beginning after an id. */
async function* writeList(name: string, read: (after: number) => Statement): AsyncGenerator<string> {
	yield `"${name}": [`;
	let after = 0;
	for (let rows: { id: number }[] = [], isFirst = true; isFirst || rows.length === PAGE_ROWS; isFirst = false) {
		rows = await queryRows<{ id: number }>(read(after));
		if (rows.length === 0) break;
		yield (isFirst ? '\n' : ',\n') + rows.map((row) => JSON.stringify(row)).join(',\n');
		after = rows.at(-1)?.id ?? after;
	}
	yield '\n]';
}

/** Selects follows with the user at one end, and the name of the user at the other. */
function follows(after: number, userId: number, end: Statement, other: Statement): Statement {
	return SQL`SELECT id, (SELECT name FROM users WHERE users.id = follows.`
		.append(other)
		.append(SQL`) AS name, followed_at FROM follows WHERE `)
		.append(end)
		.append(SQL` = ${userId} AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = `)
		.append(other)
		.append(SQL`) AND id > ${after} ORDER BY id LIMIT ${PAGE_ROWS}`);
}
