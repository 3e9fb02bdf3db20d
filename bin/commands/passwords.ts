import { countHashFormats } from '#lib/server/accounts/hash-formats.ts';
import { defineCommand } from '../program/define-command.ts';
import { tableOf } from '../program/table.ts';

export const reportPasswords = defineCommand({
	name: 'passwords report',
	summary: 'Counts passwords by the format of their hash',
	details: 'A hash that is not current is replaced when its user logs in.',
	examples: [['passwords report', 'shows how many weak hashes are left']],
	usesDatabase: true,
	async run() {
		const formats = await countHashFormats();
		const rows = formats.map(({ format, passwords, is_current }) => [format, passwords, is_current ? 'yes' : 'no']);
		return { lines: tableOf(['format', 'passwords', 'current'], rows), json: formats };
	}
});
