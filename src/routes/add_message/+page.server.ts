import { error, fail, redirect } from '@sveltejs/kit';
import { requireUser } from '#lib/http/access.server.ts';
import { setFlash } from '#lib/http/flash.server.ts';
import { readForm, readOwner } from '#lib/http/forms.server.ts';
import { explainRefusal, refuseOwner, refusePost } from '#lib/http/refusals.server.ts';
import { postMessage } from '#lib/server/messages/post-message.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = (event) => {
	requireUser(event);
	return { draftId: crypto.randomUUID() };
};

export const actions: Actions = {
	default: async (event) => {
		const { text, id, owner, owner_name } = await readForm(event.request, ['text', 'id', 'owner', 'owner_name']);
		const { user, address } = event.locals;
		if (!user) error(401, { message: 'Log in to share a message', draft: text });
		const message = { text, clientId: id || null, owner: readOwner(owner) };
		const outcome = await postMessage({ ...user, address }, message);
		if (outcome.kind !== 'posted') {
			const wrongAccount = refuseOwner(user, owner_name, 'Share it again to post it from this account.');
			const refusal = refusePost(outcome, wrongAccount);
			return fail(refusal.status, { error: explainRefusal(event, refusal), text });
		}
		setFlash(event, 'Your message was recorded');
		redirect(303, '/');
	}
};
