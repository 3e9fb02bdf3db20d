import { SQL, execute, queryRow, queryRows } from '#lib/server/database/database.ts';
import { hashPassword, verifyPassword } from '#lib/server/accounts/passwords.ts';
import { DEMO_NAMES, DEMO_TEXTS } from './demo-texts.ts';

/** The user to log in as for a look around, and the password of all demo users. */
export const DEMO_PERSON = 'Astrid';
export const DEMO_PASSWORD = 'cardamom buns';

const MESSAGES = 500;
const FOLLOWED_BY_EACH = 6;
const FIRST_HOURS_AGO = 21 * 24;

/** Creates demo users of a small town, three weeks of messages, and follows. The data is the same every time. */
export async function createDemoData(): Promise<void> {
	const passwordHash = await hashPassword(DEMO_PASSWORD);
	await execute(SQL`
		INSERT INTO users (name, email, password_hash)
		SELECT name, lower(replace(name, ' ', '.')) || '@example.org', ${passwordHash}
		FROM unnest(${DEMO_NAMES}::text[]) WITH ORDINALITY AS person (name, place) ORDER BY place`);
	const messages = Array.from({ length: MESSAGES }, (_, index) => describeMessage(index));
	await execute(SQL`
		INSERT INTO messages (author_id, author_name, text, posted_at)
		SELECT users.id, users.name, message.text, now() - make_interval(secs => message.seconds_ago)
		FROM unnest(
			${messages.map(({ author }) => author)}::text[],
			${messages.map(({ text }) => text)}::text[],
			${messages.map(({ secondsAgo }) => secondsAgo)}::float8[]
		) WITH ORDINALITY AS message (author, text, seconds_ago, place)
		JOIN users ON users.name = message.author
		ORDER BY message.place`);
	const follows = DEMO_NAMES.flatMap((follower, place) =>
		Array.from({ length: FOLLOWED_BY_EACH }, (_, step) => ({ follower, followee: nameAt(place + 1 + step * 3) }))
	).filter(({ follower, followee }) => follower !== followee);
	await execute(SQL`
		INSERT INTO follows (follower_id, followee_id)
		SELECT follower.id, followee.id
		FROM unnest(${follows.map(({ follower }) => follower)}::text[], ${follows.map(({ followee }) => followee)}::text[])
			AS pair (follower, followee)
		JOIN users AS follower ON follower.name = pair.follower
		JOIN users AS followee ON followee.name = pair.followee
		ON CONFLICT DO NOTHING`);
}

/**
 * Whether demo users exist whose password is still the published one. They share one hash including its salt, which
 * users who register never do; without that check, anyone who takes the demo names could keep servers from starting.
 */
export async function hasDemoAccounts(): Promise<boolean> {
	const shared = await queryRows<{ hash: string }>(SQL`
		SELECT password_hash AS hash FROM users WHERE name = ANY (${DEMO_NAMES})
		GROUP BY password_hash HAVING count(*) > 1`);
	for (const { hash } of shared) {
		if ((await verifyPassword(hash, DEMO_PASSWORD)).valid) return true;
	}
	return false;
}

/** Whether the database has no users. */
export async function isEmpty(): Promise<boolean> {
	return (await queryRow(SQL`SELECT 1 FROM users LIMIT 1`)) === null;
}

/** The step is coprime to the number of names, so that consecutive messages are seldom by the same user. */
function describeMessage(index: number): { author: string; text: string; secondsAgo: number } {
	const text = DEMO_TEXTS[(index * 7) % DEMO_TEXTS.length] ?? '';
	const round = Math.floor(index / DEMO_TEXTS.length);
	return {
		author: nameAt(index * 11 + round),
		text,
		secondsAgo: FIRST_HOURS_AGO * 3600 * (1 - (index + 1) / MESSAGES) ** 1.4 + 90
	};
}

function nameAt(place: number): string {
	return DEMO_NAMES[place % DEMO_NAMES.length] ?? DEMO_PERSON;
}
