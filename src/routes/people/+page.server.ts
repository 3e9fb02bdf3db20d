import { requireCursor } from '#lib/http/access.server.ts';
import { findPeople, listActivePeople } from '#lib/server/follows/people.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const viewer = locals.user?.id ?? null;
	const sought = (url.searchParams.get('q') ?? '').trim();
	if (sought === '') return { sought, hasMore: false, people: await listActivePeople(requireCursor(url), viewer) };
	const { people, hasMore } = await findPeople(sought, viewer);
	return { sought, hasMore, people: { items: people, older: null, newer: null } };
};
