import { readConfig } from '#lib/server/config.ts';
import { connectDatabase, disconnectDatabase } from '#lib/server/database/database.ts';
import { RESET_MINUTES, createResetPath, findAccountToReset } from '#lib/server/accounts/password-reset.ts';
import { localAddress } from '#lib/server/listening/own-host.ts';
import { readArgument, runCommand } from './command-line.ts';
import { readEnvironment } from './environment.ts';
import { StartError } from './failures.ts';

const USAGE = `npm run reset-password -- NAME   prints a link with which this user can set a new password

The link works once, for ${RESET_MINUTES} minutes, and ends an earlier one. Give it only to the account's owner: whoever opens it
gets the account. The database is that in DATABASE_URL, or the one that npm start runs.`;

/** The URL of the database, unless DATABASE_URL is set: npm start chooses the port and the password of its own. */
async function findDatabase({ DATA_FOLDER }: NodeJS.ProcessEnv): Promise<string> {
	// The images do not contain this module; they always set DATABASE_URL.
	const { findLocalDatabase } = await import('./local-database.ts');
	const url = findLocalDatabase(DATA_FOLDER || '.data');
	if (url === null) throw new StartError('No database was found: start MiniTwit first, or set DATABASE_URL.');
	return url;
}

/** Prints the link. The address shows the operator who may ask for it. */
async function printLink(name: string, origin: string): Promise<void> {
	const account = await findAccountToReset(name);
	if (!account) throw new StartError(`Nobody here is called ${JSON.stringify(name)}: check the spelling.`);
	// An address may contain anything, also what a terminal would obey.
	const email = account.email.replace(/\p{C}/gu, '?');
	console.log(`For ${account.name} <${email}>, once, within ${RESET_MINUTES} minutes:`);
	console.log(origin + (await createResetPath(account.id)));
}

await runCommand(USAGE, async (args) => {
	const name = readArgument(args, 'username');
	const env = readEnvironment();
	const isSet = env.DATABASE_URL || env.DATABASE_URL_FILE;
	const config = readConfig(isSet ? env : { ...env, DATABASE_URL: await findDatabase(env) });
	connectDatabase({ url: config.DATABASE_URL, poolSize: 1 });
	try {
		await printLink(name, config.ORIGIN ?? localAddress(config.HOST, config.PORT));
	} finally {
		await disconnectDatabase();
	}
});
