import { error, fail, redirect } from '@sveltejs/kit';
import { requireMessage, requireOwner, requireUser } from '#lib/http/access.server.ts';
import { setFlash } from '#lib/http/flash.server.ts';
import { readForm, readOwner } from '#lib/http/forms.server.ts';
import type { SignedIn } from '#lib/server/accounts/sessions.ts';
import { type HiddenMessage, answerFlag, findOwnHidden } from '#lib/server/moderation/hidden-messages.ts';
import type { Actions, PageServerLoad } from './$types';

/** Only its author sees a message that moderators have hidden. */
async function findHidden(user: SignedIn | null, author: string, id: number): Promise<HiddenMessage | null> {
	return user?.name === author ? findOwnHidden(user.id, id) : null;
}

export const load: PageServerLoad = async ({ params, locals }) => {
	const id = Number(params.id);
	const hidden = await findHidden(locals.user, params.username, id);
	if (hidden) return { ...hidden, now: Date.now() };
	return { message: await requireMessage(params.username, id), flag: null, now: 0 };
};

export const actions: Actions = {
	/** Answers the reason for which the message is hidden. */
	default: async (event) => {
		const user = requireUser(event);
		const { answer, owner } = await readForm(event.request, ['answer', 'owner']);
		const member = { ...user, address: event.locals.address };
		const outcome = await answerFlag(member, Number(event.params.id), answer, readOwner(owner));
		if (outcome.kind === 'invalid') return fail(400, { error: outcome.sentence, answer });
		if (outcome.kind === 'wrong-account') return requireOwner(event, owner, 'Nothing was sent');
		if (outcome.kind === 'unknown') error(404, 'This message is not hidden any more, or you have answered already');
		setFlash(event, 'Your answer was sent to the moderators');
		redirect(303, event.url.pathname);
	}
};
