import { listModerators } from '#lib/server/moderation/moderators.ts';
import { defineCommand } from '../program/define-command.ts';
import { tableOf, timeOf } from '../program/table.ts';

export const listModeratorsCommand = defineCommand({
	name: 'moderators list',
	summary: 'Lists the moderators',
	examples: [['moderators list', 'lists who may moderate, and since when']],
	usesDatabase: true,
	async run() {
		const moderators = await listModerators();
		const rows = moderators.map(({ id, name, granted_at }) => [id, name, timeOf(granted_at)]);
		return { lines: tableOf(['id', 'name', 'since'], rows), json: moderators };
	}
});
