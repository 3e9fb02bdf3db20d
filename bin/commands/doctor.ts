import type { Config } from '#lib/server/config.ts';
import { SQL, queryRow } from '#lib/server/database/database.ts';
import { checkConfiguration } from '../doctor/configuration-check.ts';
import { checkClock, checkSettings, checkVersion } from '../doctor/database-checks.ts';
import { type Finding, problem } from '../doctor/finding.ts';
import { checkDisk, checkReplica } from '../doctor/machine-checks.ts';
import { checkExpiredRows, checkMigrations, checkSchema } from '../doctor/schema-checks.ts';
import { describeFailure } from '../failures.ts';
import { type Context, EXIT, type Result, defineCommand } from '../program/define-command.ts';
import { tableOf } from '../program/table.ts';

const sentenceOf = (error: unknown) => describeFailure(error) ?? (error as Error).message;

/** Runs the checks that need a database. One that fails does not keep the others from running. */
async function checkDatabase(config: Config): Promise<Finding[]> {
	const checks: [string, () => Promise<Finding[]>][] = [
		['configuration', () => checkConfiguration(config)],
		['database', checkVersion],
		['settings', checkSettings],
		['migrations', () => checkMigrations(config.MIGRATIONS_FOLDER)],
		['schema', checkSchema],
		['expired rows', checkExpiredRows],
		['clock', checkClock],
		['disk', () => checkDisk('.')],
		['replica', () => checkReplica(config)]
	];
	const findings: Finding[] = [];
	for (const [name, check] of checks) {
		findings.push(...(await check().catch((error) => [problem(name, 'could not be checked', sentenceOf(error))])));
	}
	return findings;
}

async function examine({ readConfig, withDatabase }: Context): Promise<Finding[]> {
	let config: Config;
	try {
		config = await readConfig();
	} catch (error) {
		return [problem('configuration', 'cannot be used', sentenceOf(error))];
	}
	return withDatabase(async () => {
		await queryRow(SQL`SELECT`);
		return checkDatabase(config);
	}).catch((error) => [problem('database', 'does not answer', sentenceOf(error))]);
}

function resultOf(findings: Finding[]): Result {
	const has = (sought: Finding['verdict']) => findings.some(({ verdict }) => verdict === sought);
	const rows = findings.map(({ verdict, check, found, advice }) => [verdict, check, `${found}. ${advice}`.trim()]);
	return {
		lines: tableOf(['verdict', 'check', 'found'], rows),
		json: findings,
		status: has('problem') ? EXIT.failed : has('warning') ? EXIT.remarks : EXIT.done
	};
}

export const doctorCommand = defineCommand({
	name: 'doctor',
	summary: 'Checks the configuration, the database and this machine, and says what to do',
	details:
		'The exit status is 0 if all is well, 3 after warnings, and 1 after a problem. The disk is that of this machine.',
	examples: [['doctor', 'prints a verdict for each check']],
	async run(_, context) {
		return resultOf(await examine(context));
	}
});
