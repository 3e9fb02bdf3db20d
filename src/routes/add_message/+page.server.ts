import { error, fail, redirect } from '@sveltejs/kit';
import { requireUser } from '#lib/edge/access.server.ts';
import { setFlash } from '#lib/edge/flash.server.ts';
import { explainLimit, readForm } from '#lib/edge/forms.server.ts';
import { createMessage, findTextFault, normalizeText } from '#lib/server/messages.ts';
import { spendPostingPoints } from '#lib/server/rate-limits.ts';
import type { Actions, PageServerLoad } from './$types';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const load: PageServerLoad = (event) => {
	requireUser(event);
	return { draftId: crypto.randomUUID() };
};

export const actions: Actions = {
	default: async (event) => {
		const form = await readForm(event.request, ['text', 'id']);
		const text = normalizeText(form.text);
		const { user, address } = event.locals;
		if (!user) error(401, { message: 'You have to be logged in to share a message', draft: text });
		const fault =
			findTextFault(text) ?? (form.id === '' || UUID.test(form.id) ? null : 'The id of a message is a UUID');
		if (fault) return fail(400, { error: fault, text });
		const limited = await spendPostingPoints(user.name, address);
		if (limited)
			return fail(429, { error: explainLimit(event, limited, 'That is a lot of messages in a short time.'), text });
		const posted = await createMessage(user.id, text, form.id || null);
		if (posted === 'conflict') {
			return fail(422, {
				error: 'This was shared before with another text. Share it again to post it as a new message',
				text
			});
		}
		setFlash(event, 'Your message was recorded');
		redirect(303, '/');
	}
};
