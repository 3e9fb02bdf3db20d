import { error, fail, redirect } from '@sveltejs/kit';
import { requireMessage, requireUser } from '#lib/http/access.server.ts';
import { setFlash } from '#lib/http/flash.server.ts';
import { readForm, readOwner } from '#lib/http/forms.server.ts';
import { explainRefusal, refuseOwner, refuseReport } from '#lib/http/refusals.server.ts';
import { hasReported, reportMessage } from '#lib/server/moderation/reports.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	const user = requireUser(event);
	const message = await requireMessage(event.params.username, Number(event.params.id));
	if (message.author_name === user.name) error(403, "You can't report your own message. You can delete it.");
	return { message, isReported: await hasReported(user.id, message.id) };
};

export const actions: Actions = {
	default: async (event) => {
		const user = requireUser(event);
		const fields = await readForm(event.request, ['category', 'comment', 'owner', 'owner_name']);
		const { category: reason, comment } = fields;
		const member = { ...user, address: event.locals.address };
		const outcome = await reportMessage(member, Number(event.params.id), { reason, comment }, readOwner(fields.owner));
		const refuse = (status: number, errors: { form?: string; reason?: string; comment?: string }) =>
			fail(status, { errors, reason, comment });
		if (outcome.kind === 'invalid') return refuse(400, { [outcome.field]: outcome.sentence });
		if (outcome.kind !== 'done') {
			const wrongAccount = refuseOwner(user, fields.owner_name, 'Send it again to report from this account.');
			const refusal = refuseReport(outcome, wrongAccount);
			if (refusal.status === 404) error(404, refusal.sentence);
			return refuse(refusal.status, { form: explainRefusal(event, refusal) });
		}
		setFlash(event, 'Thank you. The moderators will look at it.');
		redirect(303, event.url.pathname.replace(/\/report$/, ''));
	}
};
