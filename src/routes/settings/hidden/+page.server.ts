import { requireCursor, requireUser } from '#lib/http/access.server.ts';
import { listOwnHidden } from '#lib/server/moderation/hidden-messages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	const { id, name } = requireUser(event);
	return { name, hidden: await listOwnHidden(id, requireCursor(event.url)), now: Date.now() };
};
