import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { SQL, execute } from '#lib/server/database/database.ts';
import { importFrom } from '#lib/server/import/import.ts';
import type { Source } from '#lib/server/import/source.ts';
import { openSource } from '../../bin/import/open-source.ts';
import { RejectsFile } from '../../bin/import/rejects-file.ts';
import { createClassic } from './classic-database.ts';
import { useProgram } from './use-program.ts';

const { run, database } = useProgram();

afterEach(async () => {
	await execute(SQL`DELETE FROM users`);
	await execute(SQL`DELETE FROM imported_users`);
});

const ANN = [1, 'Ann', 'ann@example.org', 'plain$$secret'];

/** Creates a classic file with a message that has no text and one that has no author. */
function createWithRejects() {
	const { path } = createClassic({
		users: [ANN],
		messages: [
			[1, 1, ' ', 1_700_000_001, 0],
			[2, 9, 'of nobody', 1_700_000_002, 0]
		]
	});
	const rejects = join(dirname(path), 'rejects.jsonl');
	return { path, rejects, args: ['import', '--from', path, '--rejects', rejects] };
}

const kindsIn = (path: string) =>
	readFileSync(path, 'utf8')
		.split('\n')
		.filter(Boolean)
		.map((line) => (JSON.parse(line) as { kind: string; reason: string }).reason);

/** Imports as the command does, until a step that fails. The file is left as an interrupted process leaves it. */
async function interruptAt(step: string, source: Source, rejects: string): Promise<void> {
	const file = new RejectsFile(rejects);
	const options = {
		onBegin: (isResumed: boolean) => file.open(isResumed),
		onReject: file.add.bind(file),
		onCommit: () => file.settle(),
		onStep: (next: string) => {
			if (next === step) throw new Error('interrupted');
		}
	};
	await expect(
		importFrom(database.config.DATABASE_URL, source, { kind: 'operator', name: 'root' }, options)
	).rejects.toThrow('interrupted');
}

test('what the reading rejected is in the file before it is committed, and --resume adds to it', async () => {
	const { path, rejects, args } = createWithRejects();
	const source = await openSource(path);
	await interruptAt('take', source, rejects);
	await source.close();
	expect(kindsIn(rejects)).toEqual(['the text is empty']);
	expect(await run([...args, '--resume'])).toMatchObject({ status: 3 });
	expect(kindsIn(rejects)).toEqual([
		'the text is empty',
		expect.stringContaining('the format of the password'),
		expect.stringContaining('the author has no account here')
	]);
	// Nothing is left to resume, so the file begins anew.
	await run([...args, '--resume']);
	expect(kindsIn(rejects)).toHaveLength(2);
});

test('what a failed attempt rejected and --resume rejects again is in the file once', async () => {
	const nobody = Array.from({ length: 1_000 }, (_, index) => [index, 9, 'of nobody', 1_700_000_000, 0]);
	const { path } = createClassic({ users: [ANN], messages: [...nobody, [1_000, 1, '', 1_700_000_000, 0]] });
	const rejects = join(dirname(path), 'rejects.jsonl');
	const source = await openSource(path);
	await interruptAt('take', source, rejects);
	await source.close();
	expect(kindsIn(rejects)).toEqual(['the text is empty']);
	expect(await run(['import', '--from', path, '--rejects', rejects, '--resume'])).toMatchObject({ status: 3 });
	expect(kindsIn(rejects)).toHaveLength(1_002);
});

test('a second attempt that is interrupted while it reads leaves what the first had rejected', async () => {
	const { path, rejects, args } = createWithRejects();
	const source = await openSource(path);
	await interruptAt('take', source, rejects);
	await interruptAt('read', source, rejects);
	await source.close();
	expect(await run([...args, '--resume'])).toMatchObject({ status: 3 });
	expect(kindsIn(rejects)).toHaveLength(3);
	expect(await run([...args, '--dry-run', '--resume'])).toMatchObject({ status: 2 });
});

test('an import that has to wait for another leaves its file alone', async () => {
	const { path, rejects, args } = createWithRejects();
	const source = await openSource(path);
	const rows = async function* (after: string) {
		yield* source.rows(after);
		expect(await run(args)).toMatchObject({
			status: 1,
			reported: [expect.stringContaining('Another import is running')]
		});
	};
	await interruptAt('take', { ...source, rows }, rejects);
	await source.close();
	expect(kindsIn(rejects)).toEqual(['the text is empty']);
});

test('a file that exists becomes its owner’s alone, and is removed if nothing was rejected', async () => {
	const { args, rejects } = createWithRejects();
	writeFileSync(rejects, 'old', { mode: 0o644 });
	await run(args);
	expect(statSync(rejects).mode & 0o777).toBe(0o600);
	expect(kindsIn(rejects)).toHaveLength(3);
	await run(['import', '--from', createClassic({}).path, '--rejects', rejects]);
	expect(existsSync(rejects)).toBe(false);
});

test('what is no file, such as /dev/null, is not removed', async () => {
	const { path } = createClassic({});
	const pipe = join(dirname(path), 'pipe');
	execFileSync('mkfifo', ['-m', '644', pipe]);
	const reader = openSync(pipe, constants.O_RDWR);
	expect(await run(['import', '--from', path, '--rejects', pipe])).toMatchObject({ status: 0 });
	closeSync(reader);
	expect(statSync(pipe).mode & 0o777).toBe(0o644);
});
