import { createDemoData, isEmpty } from '#lib/server/demo/demo-data.ts';
import { defineCommand } from '../program/define-command.ts';

export const seedCommand = defineCommand({
	name: 'seed',
	summary: 'Creates demo users and messages in a database without users',
	examples: [['seed', 'creates them']],
	usesDatabase: true,
	async run() {
		const created = await isEmpty();
		if (created) await createDemoData();
		const line = created ? 'Demo data was created.' : 'The database already has users: nothing was changed.';
		return { lines: [line], json: { created } };
	}
});
