import { statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Config } from '#lib/server/config.ts';
import { findPrimaryPosition } from '#lib/server/database/replica.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const GIGABYTE = 1024 ** 3;

/** Checks the free space of the disk of a folder. */
export async function checkDisk(folder: string): Promise<Finding[]> {
	const { bavail, bsize, blocks } = await statfs(folder);
	const [free, share] = [(bavail * bsize) / GIGABYTE, bavail / blocks];
	const found = `${free.toFixed(1)} GB free, ${Math.round(share * 100)} %`;
	if (free < 0.5) return [problem('disk', found, 'Free some space: PostgreSQL stops when the disk is full.')];
	if (free < 5 && share < 0.1) return [warning('disk', found, 'Free some space, or enlarge the disk.')];
	return [ok('disk', found)];
}

const POLL_MS = 50;
const MAX_LAG_MS = 2_000;
const TIMEOUT_MS = 5_000;

/** Measures how long the read replica takes to show what the primary has written. */
export async function checkReplica({ DATABASE_READ_URL: url }: Config): Promise<Finding[]> {
	if (url === undefined) return [ok('replica', 'none is configured')];
	const client = new pg.Client({
		connectionString: url,
		connectionTimeoutMillis: TIMEOUT_MS,
		query_timeout: TIMEOUT_MS,
		application_name: 'minitwit-doctor'
	});
	client.on('error', () => undefined);
	try {
		await client.connect();
		return [await measureLag(client)];
	} catch (error) {
		const found = `does not answer (${(error as Error).message})`;
		return [
			problem('replica', found, 'Pages are read from the primary. Start the replica, or unset DATABASE_READ_URL.')
		];
	} finally {
		await client.end().catch(() => undefined);
	}
}

async function measureLag(client: pg.Client): Promise<Finding> {
	const target = await findPrimaryPosition();
	const started = performance.now();
	while (performance.now() - started < MAX_LAG_MS) {
		const { rows } = await client.query<{ position: number | null }>(
			`SELECT (pg_last_wal_replay_lsn() - '0/0')::bigint AS position`
		);
		const position = rows[0]?.position ?? null;
		if (position === null) return problem('replica', 'is no standby', 'Set DATABASE_READ_URL to a standby.');
		if (target !== null && position >= target)
			return ok('replica', `at most ${Math.ceil(performance.now() - started)} ms behind`);
		await delay(POLL_MS);
	}
	const found = `more than ${MAX_LAG_MS / 1000} s behind`;
	return warning('replica', found, 'See pg_stat_replication on the primary; beyond 10 s, pages are read from there.');
}
