import { SQL, queryRow, queryRows } from '#lib/server/database/database.ts';
import { listPendingMigrations } from '#lib/server/database/migrations.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** Checks that all migrations are applied. */
export async function checkMigrations(folder: string): Promise<Finding[]> {
	const pending = await listPendingMigrations(folder);
	if (pending.length === 0) return [ok('migrations', 'all applied')];
	return [problem('migrations', `pending: ${pending.join(', ')}`, 'Run minitwit migrate.')];
}

/** Looks for what an interrupted migration or an operator left: indexes that are not used, triggers that do not run. */
export async function checkSchema(): Promise<Finding[]> {
	const rows = await queryRows<{ name: string; kind: 'index' | 'trigger' }>(SQL`
		SELECT indexrelid::regclass::text AS name, 'index' AS kind
		FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
		WHERE NOT indisvalid AND relnamespace = 'public'::regnamespace
		UNION ALL
		SELECT tgname, 'trigger' FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
		WHERE tgenabled = 'D' AND NOT tgisinternal AND relnamespace = 'public'::regnamespace`);
	if (rows.length === 0) return [ok('schema', 'every index and trigger works')];
	return rows.map(({ name, kind }) =>
		kind === 'index'
			? problem('schema', `the index ${name} is not valid`, `DROP INDEX ${name}, and create it as its migration does.`)
			: problem('schema', `the trigger ${name} is disabled`, 'ALTER TABLE … ENABLE TRIGGER, and check the counts.')
	);
}

/** The servers clear up every 5 to 15 minutes. */
const OVERDUE = '1 hour';

/** Counts rows that the servers should have removed. */
export async function checkExpiredRows(): Promise<Finding[]> {
	const row = await queryRow<{ overdue: number }>(SQL`
		SELECT (SELECT count(*) FROM sessions WHERE expires_at < now() - ${OVERDUE}::interval)
			+ (SELECT count(*) FROM password_resets WHERE expires_at < now() - ${OVERDUE}::interval)
			+ (SELECT count(*) FROM held_names WHERE held_until < now() - ${OVERDUE}::interval)
			+ (SELECT count(*) FROM rate_limits
				WHERE expire < extract(epoch FROM now() - ${OVERDUE}::interval) * 1000) AS overdue`);
	const overdue = Number(row?.overdue ?? 0);
	if (overdue === 0) return [ok('expired rows', 'none is overdue')];
	const found = `${overdue} should have been removed an hour ago or earlier`;
	return [
		warning('expired rows', found, 'Start a server, or look for "Expired rows could not be removed" in its log.')
	];
}
