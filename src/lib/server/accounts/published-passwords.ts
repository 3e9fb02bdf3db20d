import { type Config, PUBLIC_SIMULATOR_PASSWORD } from '#lib/server/config.ts';
import { hasDemoAccounts } from '#lib/server/demo/demo-data.ts';

/*
 * Checks for passwords that are published in this repository or easily guessed. A server that is exposed (in
 * production, or listening beyond loopback) does not start with them unless the configuration accepts them.
 */

const MIN_SIMULATOR_PASSWORD_LENGTH = 12;

/** Returns why the API must not start with the simulator's password, or null if it may start. */
export function checkSimulatorPassword(config: Config): string | null {
	const { SIMULATOR_PASSWORD: password, ACCEPT_PUBLISHED_SIMULATOR: isAccepted, isExposed } = config;
	if (!isExposed || isAccepted) return null;
	const isPublic = password === PUBLIC_SIMULATOR_PASSWORD;
	if (!isPublic && password.length >= MIN_SIMULATOR_PASSWORD_LENGTH) return null;
	return (
		`SIMULATOR_PASSWORD is ${isPublic ? 'the published one' : 'short'}, and anyone who knows it can act for every user: ` +
		`set one of at least ${MIN_SIMULATOR_PASSWORD_LENGTH} characters, or ACCEPT_PUBLISHED_SIMULATOR=yes`
	);
}

/**
 * Resolves to why a server must not start on the connected database, or to null if it may. Also null for a
 * database that is empty or does not answer, because a server can start before its database does.
 */
export async function checkDemoAccounts({
	isExposed,
	ACCEPT_DEMO_ACCOUNTS: isAccepted
}: Config): Promise<string | null> {
	if (!isExposed || isAccepted) return null;
	if (!(await hasDemoAccounts().catch(() => false))) return null;
	return (
		'The database has the demo accounts, whose password is published: ' +
		'use another database, delete them, or set ACCEPT_DEMO_ACCOUNTS=yes'
	);
}
