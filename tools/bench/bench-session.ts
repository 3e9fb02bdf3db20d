import { readConfig } from '#lib/server/config.ts';
import { startDomain, stopDomain } from '#lib/server/lifecycle.ts';
import { createLogger } from '#lib/server/observability/log.ts';
import { SESSION_COOKIE, createSession } from '#lib/server/accounts/sessions.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { userName } from './bench-data.ts';

/** Logs in the busiest user of a filled database. Resolves to the Cookie header. */
export async function signIn(databaseUrl: string): Promise<string> {
	startDomain(readConfig({ DATABASE_URL: databaseUrl }), createLogger('bench', 'silent'));
	const person = await findProfile(userName(1), null);
	const id = await createSession(person?.id ?? 0);
	await stopDomain();
	return `${SESSION_COOKIE}=${id}`;
}
