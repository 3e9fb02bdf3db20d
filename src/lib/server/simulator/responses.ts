import { createBatch } from '#lib/server/database/batch.ts';
import { SQL, type Statement, queryRows } from '#lib/server/database/database.ts';
import { searchableName } from '#lib/server/accounts/users.ts';

/*
 * Responses that the simulator reads. PostgreSQL builds the JSON: this process then handles one value instead
 * of hundreds of rows, in a third of the time.
 */

interface Json {
	ordinal: number;
	json: string;
}

/** A list that belongs to a user. */
interface UserList {
	name: string;
	limit: number;
}

/**
 * Resolves to the newest messages, at most `limit`, as a JSON array of `{content, pub_date, user}` in UTF-8. Requests
 * of a batch share the bytes, which must not be changed.
 */
export const readMessagesJson = createBatch<number, Buffer>({
	name: 'messages_json',
	// One list serves all who ask, so one statement costs much less than two for half of them each.
	maxRunning: 1,
	async run(limits) {
		const distinct = [...new Set(limits)];
		const statement = SQL`
			SELECT input.number AS ordinal, `
			.append(
				messagesJson(
					SQL`NOT flagged AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = author_id)`,
					SQL`to_json(author_name)`
				)
			)
			.append(SQL` AS json FROM unnest(${distinct}::integer[]) AS input (number)`);
		const rows = await queryRows<Json>(statement.setName('messages_json'));
		const jsons = new Map(rows.map(({ ordinal, json }) => [ordinal, Buffer.from(json)]));
		return limits.map((limit) => jsons.get(limit) ?? Buffer.from('[]'));
	}
});

const readUserMessages = createUserList(
	'user_messages_json',
	messagesJson(SQL`author_id = person.id AND NOT flagged`, SQL`person.json`)
);

const readFollows = createUserList(
	'follows_json',
	SQL`(
		SELECT json_build_object('follows', coalesce(json_agg(followed.name), '[]'))::text FROM (
			SELECT (SELECT name FROM users WHERE users.id = follows.followee_id) AS name
			FROM follows
			WHERE follower_id = person.id AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = followee_id)
			ORDER BY follows.id DESC LIMIT input.number
		) AS followed)`
);

/** Resolves to one user's newest messages in the same form, or null if there is no such user. */
export function readUserMessagesJson(name: string, limit: number): Promise<string | null> {
	return readUserMessages({ name, limit });
}

/**
 * Resolves to the users whom a user follows, newest follow first, as `{follows: [name]}`, or null if there is
 * no such user.
 */
export function readFollowsJson(name: string, limit: number): Promise<string | null> {
	return readFollows({ name, limit });
}

/**
 * A subquery that builds the JSON array of the messages that fulfil `condition`. Concatenating the parts takes two thirds
 * of the time of json_agg.
 */
function messagesJson(condition: Statement, userJson: Statement): Statement {
	return SQL`(
		SELECT '[' || coalesce(string_agg(
			'{"content":' || to_json(text) || ',"pub_date":' || floor(date_part('epoch', posted_at))::bigint ||
				',"user":' || `
		.append(userJson)
		.append(
			SQL` || '}', ','), '') || ']'
		FROM (
			SELECT text, posted_at, author_name FROM messages WHERE `
		)
		.append(condition).append(SQL`
			ORDER BY messages.id DESC LIMIT input.number
		) AS message)`);
}

/** Creates a batch for lists of users, each built by the expression `json` from `person` and `input.number`. */
function createUserList(name: string, json: Statement) {
	return createBatch<UserList, string | null>({
		name,
		async run(lists) {
			const statement = SQL`
			SELECT input.ordinal, `
				.append(json)
				.append(
					SQL` AS json
			FROM unnest(
				${lists.map((list) => searchableName(list.name))}::text[], ${lists.map(({ limit }) => limit)}::integer[]
			) WITH ORDINALITY AS input (name, number, ordinal)
			CROSS JOIN LATERAL (
				SELECT id, to_json(name)::text AS json FROM users
				WHERE users.name = input.name AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = users.id) LIMIT 1
			) AS person`
				)
				.setName(name);
			const jsons: (string | null)[] = lists.map(() => null);
			for (const row of await queryRows<Json>(statement)) jsons[row.ordinal - 1] = row.json;
			return jsons;
		}
	});
}
