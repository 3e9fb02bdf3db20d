import { SQL } from '#lib/server/database/database.ts';
import { createPageStates } from '#lib/server/database/page-states.ts';
import type { Cursor, SelectRows } from '#lib/server/database/pagination.ts';
import { PERSON_CALLED, PERSON_VERSION, searchableName } from './users.ts';

const PERSON = {
	join: PERSON_CALLED,
	columns: SQL`person.id AS list, `.append(PERSON_VERSION)
};

/** As `createPageStates`, for pages of a user's lists, which show the profile too. The functions take the user's name. */
export function createProfileStates(
	name: string,
	select: SelectRows
): (person: string, cursor: Cursor) => Promise<string | null> {
	const findState = createPageStates(name, select, PERSON);
	return (person, cursor) => findState(searchableName(person), cursor);
}
