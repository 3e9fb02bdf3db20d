import { SQL, queryRow, queryRows } from '#lib/server/database/database.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** The oldest version that the tests run on, and the one that they all run on. */
const MIN_VERSION = 15;
const TESTED_VERSION = 18;

/** Checks PostgreSQL's version and encoding. */
export async function checkVersion(): Promise<Finding[]> {
	const row = await queryRow<{ version: string; encoding: string; size: string }>(SQL`
		SELECT current_setting('server_version') AS version, current_setting('server_encoding') AS encoding,
			pg_size_pretty(pg_database_size(current_database())) AS size`);
	const { version = '', encoding = '', size = '' } = row ?? {};
	const major = Number.parseInt(version, 10);
	const found = `PostgreSQL ${version}, ${encoding}, ${size}`;
	if (encoding !== 'UTF8') return [problem('database', found, 'Create the database anew with ENCODING UTF8.')];
	if (major < MIN_VERSION) return [problem('database', found, `Upgrade to PostgreSQL ${TESTED_VERSION}.`)];
	if (major < TESTED_VERSION)
		return [warning('database', found, `Upgrade to PostgreSQL ${TESTED_VERSION} at leisure.`)];
	return [ok('database', found)];
}

/** Settings that must have a value, and what happens otherwise. */
const SETTINGS: { name: string; wanted: string; isVital: boolean; advice: string }[] = [
	{ name: 'fsync', wanted: 'on', isVital: true, advice: 'Turn it on: a crash can destroy the database.' },
	{ name: 'full_page_writes', wanted: 'on', isVital: true, advice: 'Turn it on: a crash can destroy the database.' },
	{
		name: 'synchronous_commit',
		wanted: 'on',
		isVital: false,
		advice: 'Turn it on: a crash can lose messages that their authors were told are saved.'
	},
	...[
		['random_page_cost', '1.1'],
		['jit', 'off'],
		['plan_cache_mode', 'force_generic_plan']
	].map(([name = '', wanted = '']) => ({
		name,
		wanted,
		isVital: false,
		advice: `ALTER ROLE … SET ${name} = ${wanted}: pages get slow otherwise. A pooler does not forward what the app sets.`
	}))
];

/** Checks the settings on which safety and speed depend, as a connection of the app has them. */
export async function checkSettings(): Promise<Finding[]> {
	const names = SETTINGS.map(({ name }) => name);
	const rows = await queryRows<{ name: string; setting: string }>(
		SQL`SELECT name, setting FROM pg_settings WHERE name = ANY (${names})`
	);
	const values = new Map(rows.map(({ name, setting }) => [name, setting]));
	const wrong = SETTINGS.filter(({ name, wanted }) => values.get(name) !== wanted);
	if (wrong.length === 0) return [ok('settings', `${names.length} as they should be`)];
	return wrong.map(({ name, isVital, advice }) =>
		(isVital ? problem : warning)('settings', `${name} is ${values.get(name) ?? 'unknown'}`, advice)
	);
}

/** The difference of the clocks that matters to sessions and to the order of what users read. */
const MAX_CLOCK_DIFFERENCE_MS = 1_000;

/** Compares this machine's clock with the database's. */
export async function checkClock(): Promise<Finding[]> {
	const before = Date.now();
	const row = await queryRow<{ now: Date }>(SQL`SELECT clock_timestamp() AS now`);
	const after = Date.now();
	const differenceMs = Math.abs((row?.now.getTime() ?? 0) - (before + after) / 2) - (after - before) / 2;
	if (differenceMs <= MAX_CLOCK_DIFFERENCE_MS) return [ok('clock', 'as the clock of the database')];
	const found = `${(differenceMs / 1000).toFixed(1)} s away from the clock of the database`;
	return [warning('clock', found, 'Run an NTP client on both machines.')];
}
