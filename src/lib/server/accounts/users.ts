import { MAX_EMAIL_LENGTH, MAX_USERNAME_LENGTH, countCodePoints } from '#lib/limits.ts';
import { lookOf } from '#lib/text/name-look.ts';
import { SQL, execute } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { hashPassword } from './passwords.ts';
import { readRow } from '#lib/server/database/replica-reads.ts';

/** A person as the pages show one. */
export interface Profile {
	id: number;
	name: string;
	messages: number;
	followers: number;
	following: number;
	/** Whether the viewer follows this person. */
	is_followed: boolean;
}

export interface Registration {
	name: string;
	email: string;
	password: string;
}

/** The sentence for a name that somebody has. */
export const TAKEN = 'The username is already taken';

let simulatorName = '';

/** Keeps the simulator's name from being registered, at either door. */
export function configureUsers(simulatorUsername: string): void {
	simulatorName = simulatorUsername;
}

/** Whether a name is the simulator's, or differs from it only in case or look-alike form. */
export function resemblesSimulator(name: string): boolean {
	return lookOf(name) === lookOf(simulatorName);
}

/** Stored text can hold neither NUL nor half of a surrogate pair. */
export function isStorable(text: string): boolean {
	return !text.includes('\0') && text.isWellFormed();
}

/** A name as a condition of a statement: one that cannot be stored becomes one that nobody has. */
export function searchableName(name: string): string {
	return isStorable(name) ? name : '';
}

/** What is wrong with a name that nobody could be reached under, as a sentence; null when nothing is. */
export function findNameFault(name: string): string | null {
	if (name.trim() === '') return 'You have to enter a username';
	if (countCodePoints(name) > MAX_USERNAME_LENGTH) return `Username: ${MAX_USERNAME_LENGTH} characters at most`;
	// A path of one or two dots means another address in every browser.
	if (!isStorable(name) || name === '.' || name === '..') return "That username can't be used";
	return null;
}

/** What is wrong with an e-mail address, as a sentence; null when nothing is. */
export function findEmailFault(email: string): string | null {
	const usable = email.includes('@') && countCodePoints(email) <= MAX_EMAIL_LENGTH && isStorable(email);
	return usable ? null : 'You have to enter a valid email address';
}

/** Adds a person. False when the name, to the letter, is taken or the simulator's. @throws BusyError */
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

/** A person by exact name, as seen by a viewer (null when nobody is signed in). */
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
