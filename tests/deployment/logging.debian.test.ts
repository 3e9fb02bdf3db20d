import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createTestDatabase } from '../database-server.ts';
import { findFaultsOfLog } from '../log-mapping.ts';
import { REGISTRATIONS, playSession } from './logged-session.ts';
import { type Replica, startReplica } from './replicas.ts';

/** A web app and an API on their own database. */
interface System {
	databaseUrl: string;
	web: Replica;
	api: Replica;
	stop(): Promise<void>;
	remove(): Promise<void>;
}

const folder = mkdtempSync(join(tmpdir(), 'minitwit-logging-'));
let original: System;
let lines: string[];
/** The state of the database after the session. */
let expected: unknown;

async function startSystem(overrides: Record<string, string>): Promise<System> {
	const database = await createTestDatabase(inject('serverUrl'));
	const [web, api] = await Promise.all([
		startReplica('web', database.url, folder, overrides),
		startReplica('api', database.url, folder, overrides)
	]);
	const stop = async () => void (await Promise.all([web.stop(), api.stop()]));
	return { databaseUrl: database.url, web, api, stop, remove: () => stop().then(database.drop) };
}

/** Users, messages and follows, each in order of creation. */
async function readState(url: string): Promise<unknown> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	const read = async (sql: string) => (await client.query(sql)).rows;
	const state = {
		users: await read('SELECT name FROM users ORDER BY id'),
		messages: await read('SELECT author_name, text, client_id FROM messages ORDER BY id'),
		follows: await read(`
			SELECT follower.name AS follower, followee.name AS followee
			FROM follows
			JOIN users AS follower ON follower.id = follower_id
			JOIN users AS followee ON followee.id = followee_id
			ORDER BY follows.id`),
		latest: await read('SELECT max(number) FROM simulator_latest')
	};
	await client.end();
	return state;
}

beforeAll(async () => {
	original = await startSystem({ LIMIT_REGISTRATIONS_PER_ADDRESS: `${REGISTRATIONS}/3600` });
	// Ids that an empty system would not assign by itself.
	const client = new pg.Client({ connectionString: original.databaseUrl });
	await client.connect();
	await client.query('ALTER TABLE users ALTER COLUMN id RESTART WITH 1000');
	await client.end();
	await playSession(original.web.origin, original.api.origin, original.databaseUrl);
	expected = await readState(original.databaseUrl);
	await original.stop();
	lines = [original.web, original.api].flatMap(({ logFile }) => readFileSync(logFile, 'utf8').split('\n'));
});

afterAll(async () => {
	await original.remove();
	rmSync(folder, { recursive: true, force: true });
});

describe('the lines of a session', () => {
	test('all fit the index template, field by field', () => {
		expect(findFaultsOfLog(lines.join('\n'))).toEqual([]);
	});

	test('include every kind of line', () => {
		const parsed = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
		const statuses = new Set(parsed.map((line) => line.http?.response.status_code));
		for (const status of [200, 204, 303, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500])
			expect(statuses).toContain(status);
		expect(new Set(parsed.map((line) => line['log.level']))).toEqual(new Set(['info', 'warn', 'error']));
		expect(parsed.map((line) => line.url?.path)).toEqual(expect.arrayContaining(['/%zz', '/msgs/%zz', '/__data.json']));
		for (const message of [/^The API listens/, /connection was lost/, /^Malformed HTTP request/])
			expect(parsed.some((line) => message.test(line.message))).toBe(true);
	});

	test('contain no password and no e-mail address', () => {
		for (const secret of ['alices o', 'charlies', 'doras', 'wrong"', 'broken', 'hidden', 'example.org'])
			expect(lines.join('\n')).not.toContain(secret);
	});
});

test('a replay of the session into an empty system creates the same users, messages and follows', async () => {
	const copy = await startSystem({});
	try {
		const { code, output } = await runReplay(copy);
		expect(output).toMatch(/^\d+ requests in .* s: \d+ with the same status, 0 with another$/m);
		expect(output).toMatch(/^[1-9]\d* skipped: answered with 429 or 5xx/m);
		expect(code).toBe(0);
		expect(await readState(copy.databaseUrl)).toEqual(expected);
	} finally {
		await copy.remove();
	}
});

/** Runs `npm run replay` on both logs. */
function runReplay({ web, api }: System): Promise<{ code: number; output: string }> {
	const logs = [original.web, original.api].flatMap(({ logFile }) => ['--log', logFile]);
	const args = ['bin/minitwit.js', 'replay', ...logs, '--url', web.origin, '--api-url', api.origin];
	return new Promise((resolve) => {
		const child = execFile(process.execPath, args, { env: { PATH: process.env.PATH } }, (_error, stdout, stderr) =>
			resolve({ code: child.exitCode ?? -1, output: stdout + stderr })
		);
	});
}
