import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { SQL, execute, queryRows } from '#lib/server/database/database.ts';
import { type ImportOptions, importFrom } from '#lib/server/import/import.ts';
import type { Source, SourceRow } from '#lib/server/import/source.ts';
import type { ImportSummary } from '#lib/server/import/tally.ts';
import { RejectsFile } from '../../bin/import/rejects-file.ts';
import { useDatabase } from '../use-database.ts';

/* Wherever an import is interrupted, --resume brings it to the end that it would have had. */

const database = useDatabase();
const folder = mkdtempSync(join(tmpdir(), 'minitwit-import-'));
const rejectsPath = join(folder, 'rejects.jsonl');
afterAll(() => rmSync(folder, { recursive: true }));

const id = (max: number) => fc.integer({ min: 1, max }).map(String);
const user = fc.record({
	kind: fc.constant('user' as const),
	id: id(4),
	name: fc.constantFrom('Ann', 'Bob', 'Cid', ' '),
	email: fc.constantFrom('ann@example.org', 'bob@example.org'),
	password: fc.constantFrom('unusable', `pbkdf2:sha1:1000$abcdefgh$${'a'.repeat(40)}`)
});
const message = fc.record({
	kind: fc.constant('message' as const),
	id: fc.oneof(id(8), fc.constant('x')),
	authorId: id(5),
	text: fc.constantFrom('a', 'b', ''),
	postedAt: id(4),
	flagged: fc.constantFrom('0', '1')
});
const follow = fc.record({ kind: fc.constant('follow' as const), followerId: id(5), followeeId: id(5) });
const rows = fc
	.tuple(fc.array(user, { maxLength: 5 }), fc.array(message, { maxLength: 8 }), fc.array(follow, { maxLength: 5 }))
	.map((kinds) => kinds.flat() as SourceRow[]);

class Interruption extends Error {}

/**
 * Imports in parts of two messages, as the command does. Interrupted at a step or before a COMMIT, by their number. Resolves
 * to the summary, or to null if it was interrupted, and to how many steps there were.
 */
async function run(source: SourceRow[], options: ImportOptions, interruptedStep = Infinity) {
	const file = new RejectsFile(rejectsPath);
	let steps = 0;
	const step = () => {
		if (steps++ === interruptedStep) throw new Interruption();
	};
	const opened: Source = { name: 'source', rows: () => source, progress: () => 0, close: () => undefined };
	const summary = await importFrom(
		database.config.DATABASE_URL,
		opened,
		{ kind: 'operator', name: 'root' },
		{
			...options,
			partRows: 2,
			onBegin: (isResumed) => file.open(isResumed),
			onReject: (reject) => file.add(reject),
			onCommit: () => {
				step();
				file.settle();
			},
			onStep: step
		}
	)
		.catch((error: unknown) => {
			if (error instanceof Interruption) return null;
			throw error;
		})
		.finally(() => file.close(false));
	return { summary, steps };
}

/** Everything that an import leaves, without ids and times of this run. */
async function readOutcome() {
	const lines = existsSync(rejectsPath) ? readFileSync(rejectsPath, 'utf8').split('\n').filter(Boolean) : [];
	return {
		rejects: lines.toSorted(),
		users: await queryRows(SQL`
			SELECT name, email, user_counts.messages, user_counts.followers, user_counts.following
			FROM users JOIN user_counts ON user_id = users.id ORDER BY name`),
		messages: await queryRows(SQL`
			SELECT author_name, text, posted_at, flagged, client_id, reason
			FROM messages LEFT JOIN flags ON message_id = messages.id ORDER BY messages.id`),
		follows: await queryRows(SQL`
			SELECT one.name AS follower, other.name AS followee FROM follows
			JOIN users AS one ON one.id = follower_id JOIN users AS other ON other.id = followee_id ORDER BY follows.id`),
		positions: await queryRows(SQL`SELECT source, last_message FROM import_positions`),
		staged: await queryRows(SQL`SELECT id FROM import_users UNION ALL SELECT id FROM import_messages`)
	};
}

async function reset(hasPeople: boolean): Promise<void> {
	for (const table of ['users', 'imported_users', 'import_positions', 'import_reading'])
		await execute(SQL`DELETE FROM `.append(table));
	rmSync(rejectsPath, { force: true });
	if (hasPeople)
		await execute(SQL`INSERT INTO users (name, email, password_hash) VALUES ('Ann', 'ann@example.org', 'x')`);
}

/** What does not depend on how often an import was interrupted: what earlier attempts imported is there for later ones. */
const totalsOf = (summary: ImportSummary | null) =>
	summary &&
	[summary.messages, summary.follows].map(({ read, imported, there, merged, rejected }) => [
		read,
		imported + there + merged,
		rejected
	]);

/** A part without a user was taken before the interruption. */
const withoutUsers: [SourceRow[], boolean, number, null] = [
	[{ kind: 'follow', followerId: '1', followeeId: '1' }],
	true,
	4,
	null
];

test('an interrupted and resumed import ends as one that was not interrupted, and as its dry run said', async () => {
	await fc.assert(
		fc.asyncProperty(rows, fc.boolean(), fc.nat(), fc.option(fc.nat(3)), async (source, hasPeople, place, second) => {
			const options = { merge: hasPeople };
			await reset(hasPeople);
			const before = await readOutcome();
			const dry = await run(source, { ...options, dryRun: true });
			expect({ ...(await readOutcome()), rejects: [] }).toEqual(before);
			const whole = await run(source, options);
			expect(dry.summary).toEqual(whole.summary);
			const expected = await readOutcome();
			await reset(hasPeople);
			await run(source, options, place % whole.steps);
			if (second !== null) await run(source, { ...options, resume: true }, second);
			const last = await run(source, { ...options, resume: true });
			expect(await readOutcome()).toEqual(expected);
			expect(totalsOf(last.summary)).toEqual(totalsOf(whole.summary));
		}),
		{ numRuns: 12, examples: [withoutUsers] }
	);
});
