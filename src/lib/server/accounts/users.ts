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
	messages: number;
	followers: number;
	following: number;
	/** Whether the viewer follows this user. */
	is_followed: boolean;
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

/**
 * Creates a user. Resolves to false if the exact name is taken or is the simulator's.
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

/** Inserts users. An output is false if the name is taken, also by an earlier user of the same batch. */
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

/** Joins the user called `input.name`, as `person`, and the numbers on their profile, as `user_counts`. */
export const PERSON_CALLED = SQL`
			CROSS JOIN LATERAL (
				SELECT id, name, xmin FROM users WHERE users.name = input.name LIMIT 1
			) AS person
			CROSS JOIN LATERAL (
				SELECT *, xmin FROM user_counts WHERE user_counts.user_id = person.id LIMIT 1
			) AS user_counts`;

/** The version of everything that a profile shows to visitors. */
export const PERSON_VERSION = SQL`ROW(person.id, person.xmin, user_counts.*)::text AS version`;

const readProfile = createReadBatch<ProfileRequest, (Profile & { version: string }) | null>({
	name: 'find_profile',
	async run(requests) {
		const rows = await readRows<Profile & { version: string; ordinal?: number }>(
			SQL`
			SELECT person.id, person.name, user_counts.messages, user_counts.followers, user_counts.following, `
				.append(PERSON_VERSION)
				.append(
					SQL`, EXISTS (
					SELECT FROM follows WHERE follower_id = input.viewer_id AND followee_id = person.id
				) AS is_followed,
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
