import { afterEach, expect, test } from 'vitest';
import { SQL, execute } from '#lib/server/database/database.ts';
import { importFrom } from '#lib/server/import/import.ts';
import type { ImportSummary, Reject } from '#lib/server/import/tally.ts';
import { listAuditRecords } from '#lib/server/moderation/audit-records.ts';
import { openSource } from '../../bin/import/open-source.ts';
import { createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';
import { createClassic } from './classic-database.ts';

const database = useDatabase();

afterEach(async () => {
	await execute(SQL`DELETE FROM users`);
	await execute(SQL`DELETE FROM imported_users`);
});

/** Imports in parts of one message, and is interrupted before a part is committed. */
async function importParts(path: string, { resume = false, interruptedPart = 0, onPart = () => {} }) {
	const source = await openSource(path);
	const rejects: Reject[] = [];
	let parts = 0;
	let committed = 0;
	const options = {
		merge: true,
		partRows: 1,
		resume,
		onReject: (reject: Reject) => void rejects.push(reject),
		onCommit: () => void (committed = rejects.length),
		onStep: (step: string) => {
			if (step !== 'take') return;
			if (++parts === interruptedPart) throw new Error('interrupted');
			onPart();
		}
	};
	const actor = { kind: 'operator', name: 'root' } as const;
	const result = await importFrom(database.config.DATABASE_URL, source, actor, options).catch(
		(error: unknown) => error
	);
	await source.close();
	return { result, rejects: rejects.slice(0, committed).map(({ kind }) => kind) };
}

const details = async () =>
	(await listAuditRecords({ before: null, limit: 10, userName: null })).map((record) => record.details);

test('what was taken before an interruption is recorded, and what was rejected is told once', async () => {
	await createPerson();
	const message = (id: number) => [id, 1, `number ${id}`, 1_700_000_000 + id, 0];
	const { path } = createClassic({
		users: [[1, 'Ann', 'ann@example.org', 'plain$$secret']],
		messages: [message(1), message(2), message(3)],
		followers: [[1, 9]]
	});
	const first = await importParts(path, { interruptedPart: 3 });
	expect(first).toEqual({ result: new Error('interrupted'), rejects: ['password', 'follow'] });
	const partial = (imported: number) => ({ source: path, unfinished: true, messages: { imported } });
	expect(await details()).toMatchObject([partial(2), partial(1), partial(0)]);
	const { result, rejects } = await importParts(path, { resume: true });
	expect(result).toMatchObject({ messages: { there: 2, imported: 1 }, follows: { rejected: 1 }, withoutPassword: 1 });
	expect(rejects).toEqual([]);
	const records = await details();
	expect(records[0]).toMatchObject({ source: path, messages: { there: 2, imported: 1 } });
	expect(records[0]).not.toHaveProperty('unfinished');
	// Without anything new, there is only the record of the import.
	const before = records.length;
	await importParts(path, {});
	expect(await details()).toHaveLength(before + 1);
});

test('an account that was removed after an interruption is rejected', async () => {
	await createPerson();
	const { path } = createClassic({
		users: [
			[1, 'Ann', 'ann@example.org', 'plain$$secret'],
			[2, 'Bob', 'bob@example.org', 'plain$$secret']
		],
		messages: [
			[1, 1, 'a', 1_700_000_001, 0],
			[2, 2, 'b', 1_700_000_002, 0]
		],
		followers: [[1, 2]]
	});
	expect((await importParts(path, { interruptedPart: 1 })).result).toEqual(new Error('interrupted'));
	await execute(SQL`DELETE FROM users WHERE name = 'Bob'`);
	const { result, rejects } = await importParts(path, { resume: true });
	expect(result).toMatchObject({
		users: { imported: 1, rejected: 1 },
		messages: { imported: 1, rejected: 1 },
		follows: { imported: 0, rejected: 1 }
	});
	expect(rejects).toEqual(['user', 'message', 'follow']);
});

test('messages of an account that is removed while their parts are taken are rejected', async () => {
	await createPerson();
	const { path } = createClassic({
		users: [[1, 'Ann', 'ann@example.org', 'plain$$secret']],
		messages: Array.from({ length: 30 }, (_, index) => [index, 1, 'a', 1_700_000_000 + index, 0])
	});
	// It waits for the part that is being taken.
	let removed: Promise<unknown> | null = null;
	const onPart = () => void (removed ??= execute(SQL`DELETE FROM users WHERE name = 'Ann'`));
	const { result, rejects } = await importParts(path, { onPart });
	await removed;
	const { imported, merged, rejected } = (result as ImportSummary).messages;
	expect({ taken: imported + rejected, merged }).toEqual({ taken: 30, merged: 0 });
	expect(rejected).toBeGreaterThan(0);
	expect(rejects).toEqual(['password', ...Array<string>(rejected).fill('message')]);
});
