import { error } from '@sveltejs/kit';
import { findMessage } from '#lib/server/messages/find-message.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ params }) => {
	const message = await findMessage(params.username, Number(params.id));
	if (!message) error(404, "This message doesn't exist");
	return { message };
};
