import { MAX_REASON_LENGTH, countCodePoints } from '#lib/limits.ts';
import { type Invite, createInvite, listInvites, revokeInvite } from '#lib/server/accounts/invites.ts';
import { isStorable } from '#lib/server/accounts/users.ts';
import { localAddress } from '#lib/server/listening/own-host.ts';
import { StartError } from '../failures.ts';
import { changeOptions, requireConsent } from '../program/changes.ts';
import { defineCommand, required } from '../program/define-command.ts';
import { UsageError, numberOption, readNumber } from '../program/option-values.ts';
import { tableOf, timeOf } from '../program/table.ts';

const { by, yes } = changeOptions;

/** @throws UsageError */
function readNote(note: string | undefined): string | null {
	const text = note?.trim() ?? '';
	if (countCodePoints(text) > MAX_REASON_LENGTH || !isStorable(text))
		throw new UsageError(`--note must be a text of at most ${MAX_REASON_LENGTH} characters.`);
	return text === '' ? null : text;
}

export const createInviteCommand = defineCommand({
	name: 'invites create',
	summary: 'Prints an invitation with which people can create an account',
	details:
		'It is needed where REGISTRATION is invitation. Only a hash of the code is stored, so this is the only time that it ' +
		'is shown.',
	options: {
		uses: numberOption('uses', 'how many people can use it', 1, 1, 100_000),
		days: numberOption('days', 'how many days it works', 30, 1, 3_650),
		note: { describe: 'what or whom it is for, shown by `invites list`', type: 'string', requiresArg: true },
		by
	},
	examples: [
		['invites create', 'prints a code for one person'],
		['invites create --uses 30 --days 7 --note "class of 2026"', 'prints a code for thirty people']
	],
	usesDatabase: true,
	async run({ uses, days, note }, { operator, readConfig }) {
		const { ORIGIN, HOST, PORT, REGISTRATION } = await readConfig();
		const { code, invite } = await createInvite(operator, { uses, days, note: readNote(note) });
		const link = `${ORIGIN ?? localAddress(HOST, PORT)}/register?invite=${code}`;
		const people = uses === 1 ? 'one person' : `${uses} people`;
		const idle = REGISTRATION === 'invitation' ? [] : [`REGISTRATION is ${REGISTRATION} here: no code is asked for.`];
		return {
			lines: [`Invitation ${invite.id}, for ${people}, until ${timeOf(invite.expires_at)}:`, code, link, ...idle],
			json: { ...invite, code, link }
		};
	}
});

export const listInvitesCommand = defineCommand({
	name: 'invites list',
	summary: 'Lists the invitations that have not expired, without their codes',
	examples: [['invites list', 'shows how often each was used']],
	usesDatabase: true,
	async run() {
		const invites = await listInvites();
		const rowOf = ({ id, uses, max_uses, expires_at, note }: Invite) => [
			id,
			`${uses} of ${max_uses}`,
			timeOf(expires_at),
			note ?? ''
		];
		return { lines: tableOf(['id', 'used', 'until', 'note'], invites.map(rowOf)), json: invites };
	}
});

export const revokeInviteCommand = defineCommand({
	name: 'invites revoke',
	summary: 'Revokes an invitation: nobody can use it any more',
	details: 'Accounts that were created with it stay.',
	parameters: { id: required('the number of the invitation, from `invites list`') },
	options: { yes, by },
	examples: [['invites revoke 3', 'asks, then revokes invitation 3']],
	usesDatabase: true,
	async run({ id: text, yes: isGiven }, { terminal, operator }) {
		const id = readNumber('id', text, 1);
		await requireConsent(terminal, `Revoke invitation ${id}?`, isGiven);
		const invite = await revokeInvite(operator, id);
		if (!invite) throw new StartError(`There is no invitation ${id}, or it has expired and was removed.`);
		return {
			lines: [`Invitation ${id} is revoked. It was used ${invite.uses} of ${invite.max_uses} times.`],
			json: invite
		};
	}
});
