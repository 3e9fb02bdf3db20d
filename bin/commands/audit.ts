import { type AuditRecord, listAuditRecords } from '#lib/server/moderation/audit-records.ts';
import { defineCommand } from '../program/define-command.ts';
import { numberOption, optionalNumber } from '../program/option-values.ts';
import { tableOf, timeOf } from '../program/table.ts';

function subjectOf({ user_name, message_id }: AuditRecord): string {
	return [message_id === null ? '' : `message ${message_id}`, user_name ?? ''].filter(Boolean).join(' of ');
}

export const listAudit = defineCommand({
	name: 'audit list',
	summary: 'Lists what operators and moderators changed, newest first',
	details: 'The database refuses to change or delete these records.',
	options: {
		user: { describe: 'only changes of the account or the messages of this user', type: 'string', requiresArg: true },
		limit: numberOption('limit', 'how many at most', 50, 1, 10_000),
		before: optionalNumber('before', 'only ids below this one: the next page', 1)
	},
	examples: [['audit list --user mallory', 'lists what happened to mallory, when, by whom and why']],
	usesDatabase: true,
	async run({ user = null, limit, before = null }) {
		const records = await listAuditRecords({ before, limit, userName: user });
		const rows = records.map((record) => {
			const { id, recorded_at, actor_kind, actor_name, action, reason } = record;
			return [id, timeOf(recorded_at), `${actor_kind} ${actor_name}`, action, subjectOf(record), reason ?? ''];
		});
		return { lines: tableOf(['id', 'time', 'by', 'action', 'on', 'reason'], rows), json: records };
	}
});
