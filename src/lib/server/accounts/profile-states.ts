import { SQL, type Statement } from '#lib/server/database/database.ts';
import { createPageStates } from '#lib/server/database/page-states.ts';
import type { Cursor, Range } from '#lib/server/database/pagination.ts';
import { PERSON_CALLED, searchableName } from './users.ts';

const PERSON = {
	join: PERSON_CALLED,
	columns: SQL`person.id AS list, ROW(person.id, person.xmin, user_counts.*)::text AS versions`
};

/** As `createPageStates`, for pages of a user's lists, which show the profile too. The functions take the user's name. */
export function createProfileStates(
	name: string,
	select: (range: Range) => Statement
): (person: string, cursor: Cursor) => Promise<string | null> {
	const findState = createPageStates(name, select, PERSON);
	return (person, cursor) => findState(searchableName(person), cursor);
}
