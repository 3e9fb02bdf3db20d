import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readConfig } from '#lib/server/config.ts';
import { connectDatabase, databasePool, disconnectDatabase } from '#lib/server/database/database.ts';
import { startDomain, stopDomain } from '#lib/server/lifecycle.ts';
import { listFollowers } from '#lib/server/follows/following.ts';
import { createLogger } from '#lib/server/observability/log.ts';
import { registry } from '#lib/server/observability/metrics.ts';
import { migrate } from '#lib/server/database/migrations.ts';
import { NewMessages } from '#lib/server/messages/new-message-listener.ts';
import {
	withReplicaReads,
	connectReplica,
	disconnectReplica,
	findWrittenPosition,
	replicaMetrics
} from '#lib/server/database/replica-reads.ts';
import {
	findUserTimelineState,
	readHomeTimeline,
	readPublicTimeline,
	readUserTimeline
} from '#lib/server/messages/timelines.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { createFollow, createMessage, createPerson } from '../factories.ts';
import { type PrimaryAndStandby, startPrimaryAndStandby } from '../standby.ts';

/* Runs on a real primary with a streaming standby, whose replay is paused to see which of the two answers. */

let servers: PrimaryAndStandby;
let alice: { id: number; name: string };
/** The reported changes of whether the replica is used. */
let uses: boolean[] = [];
let url: string;

beforeAll(async () => {
	servers = await startPrimaryAndStandby();
	url = servers.primary.urlOf('postgres');
	await migrate(url, 'sql/migrations');
	startDomain(readConfig({ DATABASE_URL: url, LOG_LEVEL: 'silent' }), createLogger('test', 'silent'));
	alice = await createPerson({ name: 'alice' });
});
afterAll(async () => {
	await stopDomain();
	await servers.remove();
});

beforeEach(() => useReplica());

/** Reconnects to the replica, or to `overrides.url`, and waits until the replica is used and has caught up. */
async function useReplica(overrides: { url?: string; maxLagMs?: number } = {}): Promise<void> {
	await disconnectReplica();
	uses = [];
	const onChange = (isUsed: boolean) => uses.push(isUsed);
	connectReplica({ url: servers.standby.urlOf('postgres'), poolSize: 5, onChange, ...overrides });
	if (overrides.url) return;
	const id = await post('Something to replay');
	await untilUsed(true);
	await expect.poll(() => newestFor(NOTHING_WRITTEN), PATIENCE).toBe(id);
}

const PATIENCE = { timeout: 10_000 };
/** When a server was last asked for its replay position. */
const LAST_POLL = `SELECT max(query_start) AS at FROM pg_stat_activity
	WHERE query LIKE '%pg_last_wal_replay_lsn%' AND pid <> pg_backend_pid()`;
const untilUsed = (isUsed: boolean) => expect.poll(() => uses.at(-1), PATIENCE).toBe(isUsed);

/** The position of a reader who has written nothing lately. */
const NOTHING_WRITTEN = 0;

async function post(text: string): Promise<number> {
	return (await createMessage(alice.id, text)).id;
}

async function newestFor(position: number): Promise<number | undefined> {
	return (await withReplicaReads(position, () => readPublicTimeline(null))).items[0]?.id;
}

test('writers see their own writes immediately on every list; other readers see what the replica has', async () => {
	const bob = await createPerson();
	const seen = await post('Seen by all');
	await expect.poll(() => newestFor(NOTHING_WRITTEN), PATIENCE).toBe(seen);
	const { followers: counted = 0 } = (await findProfile(alice.name, null)) ?? {};
	const state = (await findUserTimelineState(alice.name, null)) ?? '';
	let id: number | undefined;
	await servers.standby.whilePaused(async () => {
		id = await post('Seen by its author first');
		await createFollow(bob.name, alice.name);
		const written = (await findWrittenPosition()) ?? 0;
		const view = (position: number) =>
			withReplicaReads(position, async () => ({
				public: (await readPublicTimeline(null)).items[0]?.id,
				own: (await readUserTimeline(alice.id, null)).items[0]?.id,
				home: (await readHomeTimeline(bob.id, null)).items[0]?.id,
				state: await findUserTimelineState(alice.name, null),
				isFollower: (await listFollowers(alice.id, null)).items[0]?.name === bob.name,
				counted: (await findProfile(alice.name, bob.id))?.followers
			}));
		const now = {
			public: id,
			own: id,
			home: id,
			state: expect.not.stringMatching(state),
			isFollower: true,
			counted: counted + 1
		};
		const before = { public: seen, own: seen, home: undefined, state, isFollower: false, counted };
		expect([await view(written), await view(NOTHING_WRITTEN)]).toEqual([now, before]);
		// Without withReplicaReads everything is read from the primary.
		expect((await readPublicTimeline(null)).items[0]?.id).toBe(id);
		// Readers of the primary and of the replica do not share reads.
		const all = Array.from({ length: 20 }, (_, index) => newestFor(index % 2 ? written : NOTHING_WRITTEN));
		expect(await Promise.all(all)).toEqual(all.map((_, index) => (index % 2 ? id : seen)));
	});
	await expect.poll(() => newestFor(NOTHING_WRITTEN), PATIENCE).toBe(id);
});

test('new messages are announced once readers of the replica can find them', async () => {
	const announced: unknown[] = [];
	const hub = new NewMessages(url, () => undefined);
	await hub.subscribe(async (messages) => {
		const seen = await newestFor(NOTHING_WRITTEN);
		announced.push(...messages.map(({ id }) => ({ id, seen })));
	});
	const listener = new pg.Client({ connectionString: url });
	await listener.connect();
	await listener.query('LISTEN new_messages');
	try {
		let id: number | undefined;
		await servers.standby.whilePaused(async () => {
			const noticed = once(listener, 'notification');
			id = await post('News');
			await noticed;
		});
		await expect.poll(() => announced, PATIENCE).toContainEqual({ id, seen: id });
	} finally {
		await listener.end();
		await hub.close();
	}
});

test('a replica that lags too far behind is not used until it has caught up', async () => {
	await useReplica({ maxLagMs: 1_500 });
	await servers.standby.whilePaused(async () => {
		const id = await post('Meanwhile');
		expect(await newestFor(NOTHING_WRITTEN)).not.toBe(id);
		await expect.poll(() => newestFor(NOTHING_WRITTEN), PATIENCE).toBe(id);
		await untilUsed(false);
		const lag = /minitwit_database_lag_seconds\{database="replica"\} (\S+)/.exec(await registry.metrics());
		expect(Number(lag?.[1])).toBeGreaterThan(1.5);
	});
	await untilUsed(true);
});

test('while the replica is down all reads go to the primary without an error, and afterwards to the replica again', async () => {
	let isOver = false;
	let reads = 0;
	const reading = Array.from({ length: 4 }, async () => {
		for (; !isOver; reads++) await newestFor(NOTHING_WRITTEN);
	});
	await servers.standby.kill();
	try {
		await untilUsed(false);
		const before = reads;
		await expect.poll(() => reads, PATIENCE).toBeGreaterThan(before + 20);
	} finally {
		isOver = true;
		await servers.standby.start();
	}
	await Promise.all(reading);
	await untilUsed(true);
	await servers.standby.whilePaused(async () => {
		const id = await post('For its author');
		expect(await newestFor(NOTHING_WRITTEN)).not.toBe(id);
	});
	expect(await registry.metrics()).toMatch(
		/minitwit_database_pool_connections\{database="replica",state="total"\} [1-9]/
	);
});

test('a server that is not a standby is never used', async () => {
	await useReplica({ url });
	const polls = new Set<unknown>();
	await expect
		.poll(async () => {
			const { rows } = await databasePool().query(LAST_POLL);
			return polls.add(String(rows[0]?.at)).size;
		}, PATIENCE)
		.toBeGreaterThan(2);
	expect(replicaMetrics()?.lagSeconds).toBe(Infinity);
	expect(await newestFor(NOTHING_WRITTEN)).toBeGreaterThan(0);
	expect(replicaMetrics()?.pool.total).toBe(0);
});

test('with the primary down, readers who have written nothing can still read', async () => {
	await disconnectDatabase();
	connectDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', poolSize: 1 });
	const since = performance.now();
	try {
		// With nothing newer to replay, the replica does not lag.
		await expect
			.poll(() => (replicaMetrics()?.lagSeconds ?? Infinity) * 1000 < performance.now() - since, PATIENCE)
			.toBe(true);
		expect(await newestFor(NOTHING_WRITTEN)).toBeGreaterThan(0);
		await expect(newestFor(Number.MAX_SAFE_INTEGER)).rejects.toThrow('ECONNREFUSED');
	} finally {
		await disconnectDatabase();
		connectDatabase({ url, poolSize: 5 });
	}
});
