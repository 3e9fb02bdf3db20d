import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { createTestDatabase } from '../database-server.ts';
import { startReplica } from './replicas.ts';

test('a draining server keeps serving for a while and then stops', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'minitwit-draining-'));
	const database = await createTestDatabase(inject('serverUrl'));
	try {
		const api = await startReplica('api', database.url, folder, { DRAIN_SECONDS: '1' });
		const gone = api.leave();
		expect((await fetch(`${api.origin}/readyz`)).status).toBe(200);
		await gone;
		await expect(fetch(`${api.origin}/readyz`)).rejects.toThrow('fetch failed');
	} finally {
		await database.drop();
		rmSync(folder, { recursive: true });
	}
});
