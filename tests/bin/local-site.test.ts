import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { localSite } from '../../bin/program/site.ts';
import { findFreePort } from '../../bin/ports.ts';
import { runWith } from './use-program.ts';

test('uses the database in DATABASE_URL, or the one that npm start runs', async () => {
	const empty = mkdtempSync(join(tmpdir(), 'minitwit-reset-'));
	const folder = process.cwd();
	onTestFinished(() => {
		process.chdir(folder);
		vi.unstubAllEnvs();
		rmSync(empty, { recursive: true });
	});
	vi.stubEnv('DATA_FOLDER', empty);
	const args = ['users', 'reset-password', 'alice'];
	expect((await runWith(localSite, args)).reported).toEqual([expect.stringMatching(/^No database was found/)]);
	vi.stubEnv('DATABASE_URL', `postgres://a:b@127.0.0.1:${await findFreePort()}/c`);
	expect((await runWith(localSite, args)).reported).toEqual([expect.stringMatching(/^Nothing answers at the address/)]);
});
