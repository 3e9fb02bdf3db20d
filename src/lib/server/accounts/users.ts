import { MAX_EMAIL_LENGTH, MAX_USERNAME_LENGTH, countCodePoints } from '#lib/limits.ts';
import { casefold } from '#lib/text/casefold.ts';
import { createBatch, createReadBatch } from '#lib/server/database/batch.ts';
import { SQL, queryRows } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { noteVersion } from '#lib/server/database/read-versions.ts';
import { readRows } from '#lib/server/database/replica-reads.ts';
import { hashPassword } from './passwords.ts';

/** A user as shown on pages. */
export interface Profile {
	id: number;
	name: string;
	/** What users say about themselves, each null if they say nothing. */
	display_name: string | null;
	bio: string | null;
	link: string | null;
	joined_at: Date;
	messages: number;
	followers: number;
	following: number;
	/** Whether the viewer follows this user. */
	is_followed: boolean;
	/** Whether this user follows the viewer. */
	follows_viewer: boolean;
}

export interface Registration {
	name: string;
	email: string;
	password: string;
}

/** The error message for a name that is taken. */
export const TAKEN = 'The username is already taken';

let simulatorName = '';

/** Reserves the simulator's name, in the web app and the API. */
export function configureUsers(simulatorUsername: string): void {
	simulatorName = simulatorUsername;
}

/** Whether a name is the simulator's or differs from it only in case or look-alike form. */
export function resemblesSimulator(name: string): boolean {
	return casefold(name) === casefold(simulatorName);
}

/** Whether PostgreSQL can store a text: it rejects NUL and lone surrogates. */
export function isStorable(text: string): boolean {
	return !text.includes('\0') && text.isWellFormed();
}

/** A name for a WHERE clause. A name that cannot be stored becomes '', which no user has. */
export function searchableName(name: string): string {
	return isStorable(name) ? name : '';
}

/** Validates the rules that hold for every name. Returns an error message, or null for a valid name. */
export function validateName(name: string): string | null {
	if (name.trim() === '') return 'You have to enter a username';
	if (countCodePoints(name) > MAX_USERNAME_LENGTH) return `Username: ${MAX_USERNAME_LENGTH} characters at most`;
	// Browsers resolve "." and ".." in a path to another address.
	if (!isStorable(name) || name === '.' || name === '..') return "That username can't be used";
	return null;
}

/** Validates an e-mail address. Returns an error message, or null for a valid address. */
export function validateEmail(email: string): string | null {
	const usable = email.includes('@') && countCodePoints(email) <= MAX_EMAIL_LENGTH && isStorable(email);
	return usable ? null : 'You have to enter a valid email address';
}

/** Resolves to those of the names that users have, closed accounts included. */
export async function findExistingNames(names: string[]): Promise<Set<string>> {
	const rows = await queryRows<{ name: string }>(
		SQL`SELECT name FROM users WHERE name = ANY (${names.map(searchableName)}::text[])`
	);
	return new Set(rows.map(({ name }) => name));
}

/**
 * Creates a user. Resolves to false if the exact name is taken, held for its former owner, or the simulator's.
 * @throws BusyError
 */
export async function createUser(registration: Registration): Promise<boolean> {
	if (registration.name === simulatorName) return false;
	const passwordHash = await hashPassword(registration.password);
	return insertUser({ name: registration.name, email: registration.email, passwordHash });
}

interface NewUser {
	name: string;
	email: string;
	passwordHash: string;
}

/** Inserts users. An output is false if the name is taken, also by an earlier user of the same batch, or held. */
const insertUser = createBatch<NewUser, boolean>({
	name: 'create_user',
	async run(users) {
		const rows = await queryRows<{ name: string }>(
			SQL`
			INSERT INTO users (name, email, password_hash)
			SELECT name, email, password_hash FROM unnest(
				${users.map(({ name }) => name)}::text[],
				${users.map(({ email }) => email)}::text[],
				${users.map(({ passwordHash }) => passwordHash)}::text[]
			) WITH ORDINALITY AS input (name, email, password_hash, ordinal)
			WHERE NOT EXISTS (SELECT FROM held_names WHERE held_names.name = input.name AND held_until > now())
			ORDER BY name, ordinal
			ON CONFLICT (name) DO NOTHING
			RETURNING name`.setName('create_user')
		);
		countChange('user', 'insert', rows.length);
		const created = new Set(rows.map(({ name }) => name));
		return users.map(({ name }) => created.delete(name));
	}
});

interface ProfileRequest {
	name: string;
	viewerId: number | null;
}

/** How many closed accounts are looked up for the counts of a profile. It limits what strangers can make it cost. */
const MAX_CLOSED_COUNTED = 30;

/**
 * Joins the user called `input.name`, as `person`, the numbers on their profile, as `user_counts`, and how many of these
 * are closed accounts, which no list shows, as `hidden`.
 */
export const PERSON_CALLED = SQL`
			CROSS JOIN LATERAL (
				SELECT id, name, display_name, bio, link, created_at, xmin FROM users
				WHERE users.name = input.name AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = users.id) LIMIT 1
			) AS person
			CROSS JOIN LATERAL (
				SELECT *, xmin FROM user_counts WHERE user_counts.user_id = person.id LIMIT 1
			) AS user_counts
			CROSS JOIN LATERAL (
				SELECT count(follower.id) AS followers, count(followee.id) AS following
				FROM (SELECT user_id FROM closed_accounts ORDER BY user_id LIMIT ${MAX_CLOSED_COUNTED}) AS closed
				LEFT JOIN LATERAL (
					SELECT id FROM follows WHERE follower_id = closed.user_id AND followee_id = person.id LIMIT 1
				) AS follower ON true
				LEFT JOIN LATERAL (
					SELECT id FROM follows WHERE follower_id = person.id AND followee_id = closed.user_id LIMIT 1
				) AS followee ON true
			) AS hidden`;

/** The version of everything that a profile shows to visitors. */
export const PERSON_VERSION = SQL`ROW(person.id, person.xmin, user_counts.*, hidden.*)::text AS version`;

const readProfile = createReadBatch<ProfileRequest, (Profile & { version: string }) | null>({
	name: 'find_profile',
	async run(requests) {
		const rows = await readRows<Profile & { version: string; ordinal?: number }>(
			SQL`
			SELECT person.id, person.name, person.display_name, person.bio, person.link, person.created_at AS joined_at,
				user_counts.messages, user_counts.followers - hidden.followers AS followers,
				user_counts.following - hidden.following AS following, `
				.append(PERSON_VERSION)
				.append(
					SQL`, EXISTS (
					SELECT FROM follows WHERE follower_id = input.viewer_id AND followee_id = person.id
				) AS is_followed, EXISTS (
					SELECT FROM follows WHERE follower_id = person.id AND followee_id = input.viewer_id
				) AS follows_viewer,
				input.ordinal
			FROM unnest(
				${requests.map(({ name }) => searchableName(name))}::text[],
				${requests.map(({ viewerId }) => viewerId)}::bigint[]
			) WITH ORDINALITY AS input (name, viewer_id, ordinal)`
				)
				.append(PERSON_CALLED)
				.setName('find_profile')
		);
		const profiles: ((Profile & { version: string }) | null)[] = requests.map(() => null);
		for (const { ordinal, ...profile } of rows) profiles[(ordinal ?? 0) - 1] = profile;
		return profiles;
	}
});

/** Finds a user by exact name, as seen by a viewer (null for anonymous visitors). */
export async function findProfile(name: string, viewerId: number | null): Promise<Profile | null> {
	const found = await readProfile({ name, viewerId });
	if (!found) return null;
	const { version, ...profile } = found;
	noteVersion(version);
	return profile;
}
