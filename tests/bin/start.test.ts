import { createServer } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { findFreePort } from '../../bin/ports.ts';
import { launch } from '../launcher.ts';

/* `npm start` says in one sentence why it cannot start. tests/e2e/start.spec.ts covers a successful start. */

let folder = '';
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'minitwit-start-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function freeKeys(): Promise<Record<string, string>> {
	const [PORT, API_PORT] = [await findFreePort(), await findFreePort()].map(String);
	return { PORT: PORT ?? '', API_PORT: API_PORT ?? '', DATA_FOLDER: join(folder, 'data') };
}

async function expectRefusal(keys: Record<string, string>, ...sentences: (RegExp | string)[]): Promise<void> {
	const launcher = launch({ ...(await freeKeys()), ...keys });
	expect(await launcher.ended).toBe(1);
	for (const sentence of sentences) expect(launcher.output()).toMatch(sentence);
	expect(launcher.output()).not.toMatch(/^\s+at /m);
}

test('rejects a port in use', async () => {
	const server = createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	const port = String((server.address() as { port: number }).port);
	await expectRefusal({ PORT: port }, `Port ${port} is in use`, /set PORT/);
	await expectRefusal({ API_PORT: port }, `Port ${port} is in use`, /set API_PORT/);
	server.close();
});

test('reports all invalid keys at once', async () => {
	await expectRefusal({ PORT: 'abc', LOG_LEVEL: 'loud', SESSION_DAYS: '0' }, /PORT/, /LOG_LEVEL/, /SESSION_DAYS/);
});

test('rejects a database that does not answer or refuses the password', async () => {
	const port = await findFreePort();
	await expectRefusal(
		{ DATABASE_URL: `postgres://a:b@127.0.0.1:${port}/c` },
		/Nothing answers at the address in DATABASE_URL/
	);
	const url = new URL(inject('serverUrl'));
	url.password = 'wrong';
	await expectRefusal({ DATABASE_URL: url.href }, /refuses the name or password/);
});

test('rejects a host that is not an address of this machine', async () => {
	await expectRefusal({ HOST: '192.0.2.1' }, /set HOST/);
});

test('rejects the published simulator password on an address that others can reach', async () => {
	await expectRefusal({ HOST: '0.0.0.0' }, /SIMULATOR_PASSWORD is the published one.*: set one of at least 12/);
});

test('rejects a data folder that is a file', async () => {
	const file = join(folder, 'file');
	writeFileSync(file, '');
	await expectRefusal({ DATA_FOLDER: file }, /DATA_FOLDER is a file/);
	await expectRefusal({ DATA_FOLDER: join(file, 'data') }, /DATA_FOLDER leads through a file/);
});
