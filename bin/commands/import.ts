import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { type ImportOptions, importFrom } from '#lib/server/import/import.ts';
import { type ImportSummary, KINDS } from '#lib/server/import/tally.ts';
import { ImportError } from '#lib/server/import/transactions.ts';
import type { Operator } from '#lib/server/moderation/audit-records.ts';
import { StartError } from '../failures.ts';
import { showImportProgress } from '../import/import-progress.ts';
import { isConnection, openSource } from '../import/open-source.ts';
import { RejectsFile } from '../import/rejects-file.ts';
import { importScenario } from '../import/scenario.ts';
import { EXIT, type Result, defineCommand } from '../program/define-command.ts';
import { UsageError, fileOption } from '../program/option-values.ts';
import { changeOptions } from '../program/changes.ts';
import { tableOf } from '../program/table.ts';

/** A URL is taken as it is. */
const resolveSource = (from: string) => (isConnection(from) ? from : resolve(from));

export const importCommand = defineCommand({
	name: 'import',
	summary: 'Brings users, messages and follows along from an older MiniTwit',
	details:
		'Takes what is not here yet, so it can be repeated while the older system still runs. Rows that cannot be taken go ' +
		'to a file, each with its reason; then the exit status is 3. docs/migrating.md describes a whole move. A simulator ' +
		'that started before the site was up has left users unregistered, whom simulate --verify names: --from-scenario ' +
		'registers them. What they would have written stays lost.',
	options: {
		from: {
			describe: 'an SQLite file, a dump in SQL, or the URL of a PostgreSQL with the Django MiniTwit or one like this',
			type: 'string',
			requiresArg: true,
			coerce: resolveSource
		},
		'from-scenario': fileOption(
			'a simulator log: register its users whose registrations were missed, and take nothing else from it'
		),
		'dry-run': { describe: 'only say what would be taken', type: 'boolean', default: false },
		merge: {
			describe: 'allow accounts that were registered here, and add to those with the same name and e-mail address',
			type: 'boolean',
			default: false
		},
		'since-last': {
			describe: 'read only messages that are newer than those of the last import, for the last step of a move',
			type: 'boolean',
			default: false
		},
		resume: { describe: 'take what an interrupted import had read', type: 'boolean', default: false },
		rejects: { ...fileOption('the file for rows that cannot be taken'), default: 'import-rejects.jsonl' },
		dialect: { describe: 'that of a dump, if it is not recognized', choices: ['sqlite', 'mysql'] },
		by: changeOptions.by
	},
	examples: [
		['import --from minitwit.db --dry-run', 'says what would be taken from the SQLite file of the Flask version'],
		[
			'import --from postgresql://reader@old.example/minitwit',
			'takes it from the Django version; PGPASSWORD has the password'
		],
		['import --from-scenario minitwit_scenario.csv', 'registers whom the log registers and the site lacks']
	],
	usesDatabase: true,
	async run({ from, fromScenario, rejects = '', dialect, dryRun, merge, sinceLast, resume }, { operator, readConfig }) {
		if (fromScenario !== undefined) {
			if (from !== undefined || dryRun || merge || sinceLast || resume)
				throw new UsageError('--from-scenario stands alone, without other options.');
			return importScenario(fromScenario, operator);
		}
		if (dryRun && resume) throw new UsageError('--dry-run reads everything: leave --resume out.');
		if (from === undefined) throw new UsageError('Say what to import, with --from or --from-scenario.');
		const { DATABASE_URL } = await readConfig();
		const source = await openSource(from, dialect);
		const { stop, onStep } = showImportProgress(source);
		try {
			const options = { dryRun, merge, sinceLast, resume, onStep };
			const summary = await runImport(DATABASE_URL, source, operator, new RejectsFile(rejects), options);
			return describeSummary(summary, dryRun, rejects);
		} finally {
			stop();
			await source.close();
		}
	}
});

type Source = Parameters<typeof importFrom>[1];

async function runImport(
	url: string,
	source: Source,
	operator: Operator,
	file: RejectsFile,
	options: ImportOptions
): Promise<ImportSummary> {
	// Otherwise garbage may grow to twice of what is in use before it is collected.
	setFlagsFromString('--heap-growing-percent=20');
	let isLost = false;
	try {
		return await importFrom(url, source, operator, {
			...options,
			onBegin: (isResumed) => file.open(isResumed),
			onReject: (reject) => file.add(reject),
			onCommit: () => file.settle()
		});
	} catch (error) {
		isLost = error instanceof ImportError;
		throw isLost ? new StartError((error as Error).message) : error;
	} finally {
		file.close(isLost);
	}
}

const HEADINGS = ['', 'read', 'imported', 'already here', 'merged', 'rejected'];

function describeSummary(summary: ImportSummary, isDryRun: boolean, rejects: string): Result {
	const rows = KINDS.map((kind) => {
		const { read, imported, there, merged, rejected } = summary[kind];
		return [kind, read, imported, there, merged, rejected];
	});
	const lines = tableOf(HEADINGS, rows);
	const rejected = KINDS.reduce((sum, kind) => sum + summary[kind].rejected, 0);
	if (summary.withoutPassword > 0) {
		lines.push(
			`${summary.withoutPassword} users cannot log in, because their passwords cannot be used: users reset-password helps.`
		);
	}
	const hasRemarks = rejected + summary.withoutPassword > 0;
	const reasons = hasRemarks && existsSync(rejects) ? rejects : null;
	if (reasons !== null) lines.push(`Reasons: ${reasons}`);
	else if (hasRemarks) lines.push('The reasons are in the file of the attempt that was interrupted.');
	if (isDryRun) lines.push('Nothing was changed: this was a dry run.');
	return {
		lines,
		json: { ...summary, dryRun: isDryRun, rejects: reasons },
		status: hasRemarks ? EXIT.remarks : EXIT.done
	};
}
