import { requireMessage } from '#lib/http/access.server.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ params }) => ({
	message: await requireMessage(params.username, Number(params.id))
});
