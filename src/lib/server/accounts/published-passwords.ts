import { type Config, PUBLIC_SIMULATOR_PASSWORD } from '#lib/server/config.ts';
import { hasDemoAccounts } from '#lib/server/demo/demo-data.ts';

/*
 * Passwords that everybody can read here, or guess. A server that others reach, since it runs in
 * production or listens on more than this machine, does not start with them unless it is told to.
 */

const MIN_SIMULATOR_PASSWORD_LENGTH = 12;

/** Why the API must not start with the simulator's password, as a sentence; null when it may. */
export function findSimulatorFault(config: Config): string | null {
	const { SIMULATOR_PASSWORD: password, ACCEPT_PUBLISHED_SIMULATOR: isAccepted, isExposed } = config;
	if (!isExposed || isAccepted) return null;
	const isPublic = password === PUBLIC_SIMULATOR_PASSWORD;
	if (!isPublic && password.length >= MIN_SIMULATOR_PASSWORD_LENGTH) return null;
	return (
		`SIMULATOR_PASSWORD is ${isPublic ? 'the published one' : 'short'}, and whoever knows it can act for every user: ` +
		`set one of at least ${MIN_SIMULATOR_PASSWORD_LENGTH} characters, or ACCEPT_PUBLISHED_SIMULATOR=yes`
	);
}

/**
 * Why a server must not start on the connected database, as a sentence; null when it may, and when the
 * database does not answer or is empty: a server can start before its database does.
 */
export async function findDemoFault({ isExposed, ACCEPT_DEMO_ACCOUNTS: isAccepted }: Config): Promise<string | null> {
	if (!isExposed || isAccepted) return null;
	if (!(await hasDemoAccounts().catch(() => false))) return null;
	return (
		'The database has the demo accounts, whose password is published: ' +
		'use another database, delete them, or set ACCEPT_DEMO_ACCOUNTS=yes'
	);
}
