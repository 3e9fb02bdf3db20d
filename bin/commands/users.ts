import { type AccountRow, listAccounts } from '#lib/server/moderation/find-accounts.ts';
import { requireAccount } from '../program/accounts.ts';
import { defineCommand, required } from '../program/define-command.ts';
import { numberOption, optionalNumber } from '../program/option-values.ts';
import { countOf, tableOf, timeOf } from '../program/table.ts';

const stateOf = ({ closed_at, suspended_at, is_moderator }: AccountRow) =>
	[closed_at && 'closed', suspended_at && 'suspended', is_moderator && 'moderator'].filter(Boolean).join(', ');

export const listUsers = defineCommand({
	name: 'users list',
	summary: 'Lists accounts, newest first',
	options: {
		search: { describe: 'part of the name or the e-mail address', type: 'string', requiresArg: true },
		only: { describe: 'only these accounts', choices: ['suspended', 'closed'], requiresArg: true },
		limit: numberOption('limit', 'how many at most', 50, 1, 10_000),
		before: optionalNumber('before', 'only ids below this one: the next page', 1)
	},
	examples: [['users list --search example.org', 'lists accounts with such an address']],
	usesDatabase: true,
	async run({ search = null, only = null, limit, before = null }) {
		const accounts = await listAccounts({ search, only, limit, before });
		const rows = accounts.map((account) => {
			const { id, name, email, created_at, messages } = account;
			return [id, name, email, timeOf(created_at), messages, stateOf(account)];
		});
		return { lines: tableOf(['id', 'name', 'e-mail', 'created', 'messages', 'state'], rows), json: accounts };
	}
});

export const showUser = defineCommand({
	name: 'users show',
	summary: 'Shows an account',
	parameters: { name: required('the exact username') },
	examples: [['users show alice', 'shows when alice joined, what she wrote, and whether she is suspended']],
	usesDatabase: true,
	async run({ name }) {
		const account = await requireAccount(name);
		const { suspended_at, suspension_reason, closed_at } = account;
		const lines = [
			`${account.name} <${account.email}>, id ${account.id}, since ${timeOf(account.created_at)}`,
			`${countOf(account.messages, 'message')}, ${countOf(account.followers, 'follower')}, follows ${account.following}`,
			`${countOf(account.sessions, 'session')}${account.is_moderator ? ', moderator' : ''}`,
			...(suspended_at ? [`Suspended since ${timeOf(suspended_at)}: ${suspension_reason}`] : []),
			...(closed_at ? [`Closed since ${timeOf(closed_at)}`] : [])
		];
		return { lines, json: account };
	}
});
