import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { addEntry, listEntries } from '#lib/outbox/entries.ts';
import { changeStores } from '#lib/outbox/indexed-db.ts';

// An unhandled rejection would fail the run.
test('a transaction that fails rejects, logs nothing and changes nothing', async () => {
	const alice = { id: 1, name: 'alice' };
	const entry = await addEntry(alice, { kind: 'message', text: 'kept' });
	const change = changeStores(async (outbox) => {
		await outbox.put({ ...entry, state: 'failed' });
		await outbox.add(entry);
	});
	await expect(change).rejects.toThrow();
	expect(await listEntries(alice.id)).toEqual([entry]);
});
