import { MAX_EMAIL_LENGTH, MAX_USERNAME_LENGTH, countCodePoints } from '#lib/limits.ts';
import { casefold } from '#lib/text/casefold.ts';
import { SQL, execute } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { readRow } from '#lib/server/database/replica-reads.ts';
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
	const created = await execute(
		SQL`
		INSERT INTO users (name, email, password_hash)
		VALUES (${registration.name}, ${registration.email}, ${passwordHash})
		ON CONFLICT (name) DO NOTHING`.setName('create_user')
	);
	countChange('user', 'insert', created);
	return created === 1;
}

/** Finds a user by exact name, as seen by a viewer (null for anonymous visitors). */
export async function findProfile(name: string, viewerId: number | null): Promise<Profile | null> {
	return readRow<Profile>(
		SQL`
		SELECT users.id, users.name, user_counts.messages, user_counts.followers, user_counts.following,
			EXISTS (
				SELECT FROM follows WHERE follower_id = ${viewerId}::bigint AND followee_id = users.id
			) AS is_followed
		FROM users
		JOIN user_counts ON user_counts.user_id = users.id
		WHERE users.name = ${searchableName(name)}`.setName('find_profile')
	);
}
