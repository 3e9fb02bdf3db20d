import { error } from '@sveltejs/kit';
import { requireModerator } from '#lib/http/access.server.ts';
import { type Decision, takeDecision } from '#lib/http/decision-form.server.ts';
import { type AccountCase, type MessageCase, findAccountCase, findMessageCase } from '#lib/server/moderation/cases.ts';
import { type MessagesOutcome, flagMessages, unflagMessages } from '#lib/server/moderation/flagged-messages.ts';
import { dismissReports } from '#lib/server/moderation/report-queue.ts';
import { restoreAccount, suspendAccount } from '#lib/server/moderation/suspensions.ts';
import type { Actions, PageServerLoad, RouteParams } from './$types';

type Case = { message: MessageCase; account: null } | { message: null; account: AccountCase };

async function requireCase({ subject, id }: RouteParams): Promise<Case> {
	const message = subject === 'messages' ? await findMessageCase(Number(id)) : null;
	if (message) return { message, account: null };
	const account = subject === 'people' ? await findAccountCase(Number(id)) : null;
	if (account) return { message: null, account };
	error(404, subject === 'messages' ? "This message doesn't exist, or its author has deleted it" : 'Nobody is here');
}

export const load: PageServerLoad = async (event) => {
	requireModerator(event);
	return { subject: await requireCase(event.params), now: Date.now() };
};

const decisionsOnAccount = ({ id }: AccountCase): [string, Decision][] => [
	['suspend', { run: (by, reason) => suspendAccount(by, id, reason), done: 'The account is suspended' }],
	['restore', { run: (by, reason) => restoreAccount(by, id, reason), done: 'The account is restored' }]
];

/** Whether a decision on one message has changed it. */
const onOne = (outcome: MessagesOutcome) =>
	outcome.kind === 'done' && outcome.ids.length === 0 ? ({ kind: 'unchanged' } as const) : outcome;

const decisionsOnMessage = ({ message: { id }, author }: MessageCase): [string, Decision][] => [
	['flag', { run: async (by, reason) => onOne(await flagMessages(by, [id], reason)), done: 'The message is hidden' }],
	[
		'unflag',
		{ run: async (by, reason) => onOne(await unflagMessages(by, [id], reason)), done: 'The message is shown again' }
	],
	['dismiss', { run: (by, reason) => dismissReports(by, id, reason), done: 'The reports are dismissed' }],
	...decisionsOnAccount(author)
];

export const actions: Actions = {
	default: async (event) => {
		requireModerator(event);
		const { message, account } = await requireCase(event.params);
		const decisions = new Map(message ? decisionsOnMessage(message) : decisionsOnAccount(account));
		return takeDecision(event, decisions, message ? '/moderation' : event.url.pathname);
	}
};
