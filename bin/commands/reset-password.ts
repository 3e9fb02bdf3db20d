import { RESET_MINUTES } from '#lib/server/accounts/password-reset.ts';
import { localAddress } from '#lib/server/listening/own-host.ts';
import { createResetLink } from '#lib/server/moderation/account-operations.ts';
import { changeOptions } from '../program/changes.ts';
import { defineCommand, required } from '../program/define-command.ts';
import { requireAccount } from '../program/accounts.ts';
import { StartError } from '../failures.ts';

const { reason, by } = changeOptions;

export const resetPassword = defineCommand({
	name: 'users reset-password',
	summary: 'Prints a link with which a user can set a new password',
	details:
		`The link works once, for ${RESET_MINUTES} minutes, and ends an earlier one. Give it only to the owner of the ` +
		'account: whoever opens it gets the account. The address shows who may ask for it.',
	parameters: { name: required('the exact username') },
	options: { reason: { ...reason, describe: 'why, for the audit record' }, by },
	examples: [['users reset-password alice', 'prints a link for alice']],
	usesDatabase: true,
	async run({ name, reason }, { operator, readConfig }) {
		const { ORIGIN, HOST, PORT } = await readConfig();
		const account = await requireAccount(name);
		const path = await createResetLink(operator, account.id, reason ?? null);
		if (path === null) throw new StartError(`${name} was removed just now.`);
		const link = (ORIGIN ?? localAddress(HOST, PORT)) + path;
		return {
			lines: [`For ${account.name} <${account.email}>, once, within ${RESET_MINUTES} minutes:`, link],
			json: { name: account.name, email: account.email, minutes: RESET_MINUTES, link }
		};
	}
});
