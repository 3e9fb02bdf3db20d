import { SQL, queryRow, queryRows } from '#lib/server/database/database.ts';
import { follow } from '#lib/server/follows/following.ts';
import { postMessage } from '#lib/server/messages/post-message.ts';
import { createUser, findProfile } from '#lib/server/accounts/users.ts';

/** The cast, and a password that they all share. */
export const PASSWORD = 'correct horse battery';

let count = 0;

/** A registered person with a name of their own. */
export async function createPerson(overrides: { name?: string; email?: string; password?: string } = {}) {
	const name = overrides.name ?? `person ${process.pid}-${++count}`;
	const registration = { name, email: `${count}@example.org`, password: PASSWORD, ...overrides };
	await createUser(registration);
	const profile = await findProfile(name, null);
	if (!profile) throw new Error(`${name} could not be created`);
	return { ...registration, id: profile.id };
}

/** Many people at once, for whom nothing is hashed: they cannot log in. */
export async function createCrowd(size: number): Promise<{ id: number; name: string }[]> {
	const from = count + 1;
	count += size;
	return queryRows(SQL`
		INSERT INTO users (name, email, password_hash)
		SELECT ${`person ${process.pid}-`} || number, number || '@example.org', '!'
		FROM generate_series(${from}::integer, ${count}::integer) AS number
		RETURNING id, name`);
}

/** A message of somebody's, posted without limits. */
export async function createMessage(
	authorId: number,
	text: string,
	clientId: string | null = null
): Promise<{ id: number }> {
	const author = await queryRow<{ name: string }>(SQL`SELECT name FROM users WHERE id = ${authorId}`);
	const message = { text, clientId, owner: null };
	const outcome = await postMessage({ name: author?.name ?? '' }, message);
	if (outcome.kind !== 'posted') throw new Error(`A message could not be posted: ${JSON.stringify(outcome)}`);
	return outcome.message;
}

/** Has one person follow another, both by name, without limits. */
export async function createFollow(follower: string, followee: string): Promise<void> {
	const { kind } = await follow({ name: follower }, followee, null);
	if (kind !== 'done') throw new Error(`${follower} cannot follow ${followee}: ${kind}`);
}
