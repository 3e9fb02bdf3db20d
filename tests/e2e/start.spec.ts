import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { findFreePort, tryPort } from '../../bin/ports.ts';
import { launch } from '../launcher.ts';
import { newVisitor } from './visitor.ts';

/** How long everything takes to stop at most: on a slow machine, half as long as to start. Waiting for a time-out takes longer. */
const STOP_MS = 2_000;
const STOP_SHARE = 0.5;

test.describe.configure({ mode: 'serial' });

const folder = mkdtempSync(join(tmpdir(), 'minitwit-start-'));
const keys: Record<string, string> = { DATA_FOLDER: folder, LOG_LEVEL: 'warn' };
let origin = '';
let api = '';

test.beforeAll(async () => {
	const [port, apiPort] = [await findFreePort(), await findFreePort()];
	Object.assign(keys, { PORT: String(port), API_PORT: String(apiPort) });
	[origin, api] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${apiPort}`];
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** PostgreSQL's pid file, which it removes last. */
const pidFile = join(folder, 'data', 'postmaster.pid');
const postmaster = () => Number(readFileSync(pidFile, 'utf8').split('\n')[0]);

test('the first start launches everything with demo data, and a signal stops all of it', async () => {
	const launched = performance.now();
	const launcher = launch(keys);
	const [, name = '', password = ''] = await launcher.says(/Log in +(\S+) with the password "(.+)"\n/);
	const startMs = performance.now() - launched;
	expect(launcher.output()).toContain(`Web app  ${origin}`);
	expect(launcher.output()).toContain(`API      ${api}`);
	const visitor = newVisitor(origin);
	expect((await visitor.post('/login', { username: name, password })).status).toBe(303);
	expect((await visitor.post('/add_message', { text: 'kept between starts' })).status).toBe(303);
	expect((await visitor.get('/public')).body).toContain('Older messages');
	expect(await (await fetch(`${api}/latest`)).json()).toEqual({ latest: -1 });

	const second = launch({ ...keys, PORT: String(await findFreePort()), API_PORT: String(await findFreePort()) });
	expect(await second.ended).toBe(1);
	expect(second.output()).toContain('MiniTwit already runs on the data');
	expect((await visitor.get('/healthz')).status).toBe(200);

	const signalled = performance.now();
	launcher.kill('SIGTERM');
	expect(await launcher.ended).toBe(0);
	expect(performance.now() - signalled).toBeLessThan(Math.max(STOP_MS, startMs * STOP_SHARE));
	for (const key of ['PORT', 'API_PORT']) expect(await tryPort('127.0.0.1', Number(keys[key]))).toBe('free');
	expect(existsSync(pidFile)).toBe(false);
});

test('after a SIGKILL only the database is orphaned, and the next start takes it over with its data', async () => {
	const killed = launch(keys);
	await killed.says(/Ctrl-C stops everything/);
	const database = postmaster();
	killed.kill('SIGKILL');
	await killed.ended;
	for (const key of ['PORT', 'API_PORT']) await expect.poll(() => tryPort('127.0.0.1', Number(keys[key]))).toBe('free');

	const launcher = launch(keys);
	await launcher.says(/Ctrl-C stops everything/);
	expect(postmaster()).toBe(database);
	expect((await newVisitor(origin).get('/public')).body).toContain('kept between starts');
	launcher.kill('SIGINT');
	expect(await launcher.ended).toBe(0);
	expect(existsSync(pidFile)).toBe(false);
});
