import { expect, test } from 'vitest';
import { importFrom } from '#lib/server/import/import.ts';
import type { Reject } from '#lib/server/import/tally.ts';
import { listAuditRecords } from '#lib/server/moderation/audit-records.ts';
import { openSource } from '../../bin/import/open-source.ts';
import { createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';
import { createClassic } from './classic-database.ts';

const database = useDatabase();

/** Imports in parts of one message, and is interrupted before a part is committed. */
async function importParts(path: string, resume: boolean, interruptedPart: number) {
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
			if (step === 'take' && ++parts === interruptedPart) throw new Error('interrupted');
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
	const first = await importParts(path, false, 3);
	expect(first).toEqual({ result: new Error('interrupted'), rejects: ['password', 'follow'] });
	const partial = (imported: number) => ({ source: path, unfinished: true, messages: { imported } });
	expect(await details()).toMatchObject([partial(2), partial(1)]);
	const { result, rejects } = await importParts(path, true, 0);
	expect(result).toMatchObject({ messages: { there: 2, imported: 1 }, follows: { rejected: 1 }, withoutPassword: 1 });
	expect(rejects).toEqual([]);
	const records = await details();
	expect(records[0]).toMatchObject({ source: path, messages: { there: 2, imported: 1 } });
	expect(records[0]).not.toHaveProperty('unfinished');
	// Without anything new, there is only the record of the import.
	const before = records.length;
	await importParts(path, false, 0);
	expect(await details()).toHaveLength(before + 1);
});
