import { SQL, queryRows } from '#lib/server/database.ts';
import { createUser, findProfile } from '#lib/server/users.ts';

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
