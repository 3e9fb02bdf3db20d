import { defineCommand } from '../program/define-command.ts';

const KEYS = 'README.md and .env.example list the configuration keys, which come from the environment or .env.';

/** The embedded PostgreSQL is not everywhere, so what needs it is loaded when it runs. */
const start = async (isDev: boolean) => (await import('../start.ts')).start(isDev);

export const startCommand = defineCommand({
	name: 'start',
	summary: 'Runs the web app and the API, with a local PostgreSQL unless DATABASE_URL is set',
	details: `It needs the build that npm start makes. ${KEYS}`,
	examples: [['start', 'runs everything until Ctrl-C; npm start installs and builds first']],
	async run() {
		await start(false);
		return undefined;
	}
});

export const devCommand = defineCommand({
	name: 'dev',
	summary: 'Runs the same from the sources, which reload on changes',
	details: KEYS,
	examples: [['dev', 'runs everything until Ctrl-C']],
	async run() {
		await start(true);
		return undefined;
	}
});
