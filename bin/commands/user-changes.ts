import { deleteAccount, renameAccount, revokeSessions } from '#lib/server/moderation/account-operations.ts';
import type { Operator } from '#lib/server/moderation/audit-records.ts';
import type { AccountOutcome } from '#lib/server/moderation/change-account.ts';
import type { AccountRow } from '#lib/server/moderation/find-accounts.ts';
import { grantModerator, revokeModerator } from '#lib/server/moderation/moderators.ts';
import type { ActionRefused } from '#lib/server/moderation/permission.ts';
import { restoreAccount, suspendAccount } from '#lib/server/moderation/suspensions.ts';
import { requireAccount, resultOf } from '../program/accounts.ts';
import { changeOptions, requireConsent, requireReason } from '../program/changes.ts';
import { type Command, defineCommand, required } from '../program/define-command.ts';
import { countOf } from '../program/table.ts';

/** A change of one account that needs only its name and a reason. */
interface AccountChange {
	name: string;
	summary: string;
	details?: string;
	examples: Command['examples'];
	/** The question before it, and what is printed after it. */
	question: (account: AccountRow) => string;
	done: (name: string) => string;
	unchanged: (name: string) => string;
	change: (operator: Operator, userId: number, reason: string) => Promise<AccountOutcome | ActionRefused>;
}

function defineAccountChange({ question, done, unchanged, change, ...texts }: AccountChange): Command {
	return defineCommand({
		...texts,
		parameters: { name: required('the exact username') },
		options: changeOptions,
		usesDatabase: true,
		async run({ name, reason, yes }, { terminal, operator }) {
			const account = await requireAccount(name);
			const given = await requireReason(terminal, reason);
			await requireConsent(terminal, question(account), yes);
			return resultOf(await change(operator, account.id, given), name, done(name), unchanged(name));
		}
	});
}

export const suspendUser = defineAccountChange({
	name: 'users suspend',
	summary: 'Suspends an account',
	details: 'Its user can log in, read, export and leave, but not write. They see the reason. What they wrote stays.',
	examples: [['users suspend mallory --reason "posts spam"', 'asks, then suspends mallory']],
	question: ({ name }) => `Suspend ${name}?`,
	done: (name) => `${name} is suspended.`,
	unchanged: (name) => `${name} was suspended already.`,
	change: suspendAccount
});

export const restoreUser = defineAccountChange({
	name: 'users restore',
	summary: 'Ends the suspension of an account',
	examples: [['users restore mallory --reason "a mistake" --yes', 'lets mallory write again']],
	question: ({ name }) => `Let ${name} write again?`,
	done: (name) => `${name} can write again.`,
	unchanged: (name) => `${name} was not suspended.`,
	change: restoreAccount
});

export const deleteUser = defineAccountChange({
	name: 'users delete',
	summary: 'Closes an account for good',
	details:
		'It is hidden at once, no log-in reopens it, and the servers remove it with all its messages and follows in their ' +
		'next run of maintenance, within 15 minutes. This cannot be undone.',
	examples: [['users delete mallory --reason "asked by e-mail"', 'asks, then deletes mallory']],
	question: ({ name, messages }) => `Delete ${name} with ${countOf(messages, 'message')}, for good?`,
	done: (name) => `${name} is closed and will be removed by the servers.`,
	unchanged: (name) => `${name} is being removed already.`,
	change: deleteAccount
});

export const revokeUserSessions = defineAccountChange({
	name: 'sessions revoke',
	summary: 'Logs a user out on all devices',
	examples: [['sessions revoke alice --reason "stolen phone" --yes', 'logs alice out everywhere']],
	question: ({ name, sessions }) => `Log ${name} out of ${countOf(sessions, 'session')}?`,
	done: (name) => `${name} is logged out everywhere.`,
	unchanged: (name) => `${name} was not logged in.`,
	change: revokeSessions
});

export const grantModeration = defineAccountChange({
	name: 'moderators grant',
	summary: 'Gives a user the right to moderate',
	examples: [['moderators grant alice --reason "volunteered"', 'asks, then makes alice a moderator']],
	question: ({ name }) => `Let ${name} hide messages and suspend accounts?`,
	done: (name) => `${name} is a moderator.`,
	unchanged: (name) => `${name} was a moderator already.`,
	change: grantModerator
});

export const revokeModeration = defineAccountChange({
	name: 'moderators revoke',
	summary: 'Takes the right to moderate from a user',
	examples: [['moderators revoke alice --reason "asked to stop" --yes', 'ends it at once']],
	question: ({ name }) => `Take the right to moderate from ${name}?`,
	done: (name) => `${name} is no longer a moderator.`,
	unchanged: (name) => `${name} was no moderator.`,
	change: revokeModerator
});

export const renameUser = defineCommand({
	name: 'users rename',
	summary: 'Renames an account',
	details:
		'Its messages show the new name, links to the former one no longer work, and nobody can register the former name ' +
		'for 30 days. A user with very many messages takes a while.',
	parameters: { name: required('the exact username'), 'new-name': required('the new one') },
	options: changeOptions,
	examples: [['users rename mallory "mallory m" --reason "too similar to another name"', 'asks, then renames']],
	usesDatabase: true,
	async run({ name, newName, reason, yes }, { terminal, operator }) {
		const account = await requireAccount(name);
		const given = await requireReason(terminal, reason);
		await requireConsent(terminal, `Rename ${name} to ${newName}?`, yes);
		const outcome = await renameAccount(operator, account, newName, given);
		return resultOf(outcome, name, `${name} is called ${newName} now.`, `${name} is called so already.`);
	}
});
