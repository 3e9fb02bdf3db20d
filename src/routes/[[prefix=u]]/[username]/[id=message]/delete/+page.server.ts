import { error, fail, redirect } from '@sveltejs/kit';
import { requireMessage, requireUser } from '#lib/http/access.server.ts';
import { setFlash } from '#lib/http/flash.server.ts';
import { readForm, readOwner } from '#lib/http/forms.server.ts';
import { refuseDeletion, refuseOwner } from '#lib/http/refusals.server.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { deleteMessage } from '#lib/server/messages/delete-message.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	const user = requireUser(event);
	const message = await requireMessage(event.params.username, Number(event.params.id));
	if (message.author_name !== user.name) error(403, 'Only its author can delete a message');
	return { message };
};

export const actions: Actions = {
	default: async (event) => {
		const user = requireUser(event);
		const { owner, owner_name } = await readForm(event.request, ['owner', 'owner_name']);
		const writer = { ...user, address: event.locals.address };
		const outcome = await deleteMessage(writer, Number(event.params.id), readOwner(owner));
		if (outcome.kind !== 'done') {
			const wrongAccount = refuseOwner(user, owner_name, 'Only its author can delete a message.');
			const { status, sentence } = refuseDeletion(outcome, wrongAccount);
			if (status === 404) error(status, sentence);
			return fail(status, { error: sentence });
		}
		setFlash(event, 'Your message was deleted');
		redirect(303, profilePath(user.name));
	}
};
