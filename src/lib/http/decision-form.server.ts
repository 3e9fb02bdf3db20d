import { type ActionFailure, type RequestEvent, error, fail, redirect } from '@sveltejs/kit';
import type { Moderator } from '#lib/server/moderation/audit-records.ts';
import type { ActionRefused } from '#lib/server/moderation/permission.ts';
import { requireModerator, requireOwner } from './access.server.ts';
import { setFlash } from './flash.server.ts';
import { readForm } from './forms.server.ts';

/** What a moderator can decide on a page. */
export interface Decision {
	run: (moderator: Moderator, reason: string) => Promise<{ kind: 'done' | 'unchanged' | 'unknown' } | ActionRefused>;
	/** What the next page says. */
	done: string;
}

/**
 * Takes the form of a moderator's decision, one of those by the name of its button, and redirects to `next`. Returns the
 * failure that the page shows.
 */
export async function takeDecision(
	event: RequestEvent,
	decisions: ReadonlyMap<string, Decision>,
	next: string
): Promise<ActionFailure<{ error: string; reason: string }>> {
	const moderator = requireModerator(event);
	const { action, reason, owner } = await readForm(event.request, ['action', 'reason', 'owner']);
	requireOwner(event, owner, 'Nothing was changed');
	const decision = decisions.get(action);
	if (!decision) error(400, "This form can't be read");
	const outcome = await decision.run(moderator, reason);
	switch (outcome.kind) {
		case 'invalid':
			return fail(400, { error: outcome.sentence, reason });
		case 'forbidden':
			return fail(403, { error: 'Only those who run this site can suspend or restore a moderator', reason });
		case 'unchanged':
			return fail(409, { error: 'Somebody else has decided that already', reason });
		case 'unknown':
			error(404, 'This account no longer exists');
	}
	setFlash(event, decision.done);
	redirect(303, next);
}
