import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { SQL, databasePool, execute, queryRow, queryRows } from '#lib/server/database/database.ts';
import { createUser, findProfile } from '#lib/server/accounts/users.ts';
import { follow, listFollowing, unfollow } from '#lib/server/follows/following.ts';
import { postMessage } from '#lib/server/messages/post-message.ts';
import { readUserTimeline } from '#lib/server/messages/timelines.ts';
import { findLatest, recordLatest } from '#lib/server/simulator/simulator-number.ts';
import { readFollowsJson, readUserMessagesJson } from '#lib/server/simulator/responses.ts';
import { createCrowd } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

/*
 * Concurrent posts, follows, unfollows, registrations, reads and simulator numbers share statements. Their effects
 * are compared with a model that runs them one by one, while connections are killed in some waves.
 */

// Hashes are computed one by one, so that registrations would hardly ever share a statement.
vi.mock('#lib/server/accounts/passwords.ts', () => ({ hashPassword: async () => '!' }));

useDatabase();

const PEOPLE = 4;
const person = fc.nat(PEOPLE - 1);

/** What clients do at the same moment. `retry` is the index of a client id, which several posts may share. */
const operation = fc.oneof(
	{ weight: 4, arbitrary: fc.record({ kind: fc.constant('post'), who: person, retry: fc.option(fc.nat(5)) }) },
	{ weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('follow', 'unfollow'), who: person, whom: person }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant('read'), who: person }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant('register'), name: fc.nat(3) }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant('unknown author') }) }
);
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

const wave = fc.record({ operations: fc.array(operation, { minLength: 1, maxLength: 12 }), kills: fc.boolean() });

/** Ends all connections of the pool, running a statement or idle. */
const killConnections = () =>
	execute(SQL`
	SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'minitwit'`).catch(() => 0);

const isKill = (error: unknown) =>
	(error as { code?: string }).code === '57P01' || /Connection terminated|ECONNRESET/.test(String(error));

/** Resolves once the pool has noticed which of its connections are gone. */
async function replaceKilled(): Promise<void> {
	const statements = Array.from({ length: 20 }, () => execute(SQL`SELECT`));
	if ((await Promise.allSettled(statements)).some(({ status }) => status === 'rejected')) await replaceKilled();
}

class Model {
	readonly names: string[];
	readonly run = crypto.randomUUID();
	readonly clientIds = Array.from({ length: PEOPLE }, () => Array.from({ length: 6 }, () => crypto.randomUUID()));
	/** Per person: the texts stored for certain, and those whose posts failed with an unknown outcome. */
	readonly certain = Array.from({ length: PEOPLE }, () => new Set<string>());
	readonly possible = Array.from({ length: PEOPLE }, () => new Set<string>());
	readonly follows = new Map<string, boolean>();
	readonly registered = new Set<string>();
	posts = 0;

	constructor(names: string[]) {
		this.names = names;
	}

	nameOf(index: number): string {
		return this.names[index] ?? '';
	}

	/** Runs one operation and checks its own outcome. */
	async perform(each: Operation): Promise<void> {
		if (each.kind === 'post' && 'retry' in each) return this.post(each.who, each.retry ?? null);
		if ('whom' in each) return this.changeFollow(each.kind === 'follow', each.who, each.whom);
		if ('name' in each) return this.register(`${this.run} ${each.name}`);
		if (each.kind === 'read' && 'who' in each) {
			expect(JSON.parse((await readUserMessagesJson(this.nameOf(each.who), 1)) ?? 'null')).toBeInstanceOf(Array);
			return;
		}
		const message = { text: 'nobody', clientId: null, owner: null };
		expect(await postMessage({ name: 'nobody at all' }, message)).toEqual({ kind: 'unknown' });
		expect(await readFollowsJson('nobody at all', 1)).toBeNull();
	}

	async post(who: number, retry: number | null): Promise<void> {
		const clientId = retry === null ? null : (this.clientIds[who]?.[retry] ?? null);
		const text = clientId === null ? `post ${this.posts++}` : `retried ${retry}`;
		this.possible[who]?.add(text);
		const outcome = await postMessage({ name: this.nameOf(who) }, { text, clientId, owner: null });
		expect(outcome).toMatchObject({ kind: 'posted', message: { author_name: this.nameOf(who), text } });
		this.certain[who]?.add(text);
	}

	async changeFollow(isFollow: boolean, who: number, whom: number): Promise<void> {
		const key = `${who} ${whom}`;
		// What a wave does to one pair of users at the same moment may end either way.
		if (this.follows.has(key) || who === whom) return;
		this.follows.set(key, isFollow);
		const change = isFollow ? follow : unfollow;
		expect(await change({ name: this.nameOf(who) }, this.nameOf(whom), null)).toEqual({ kind: 'done' });
	}

	async register(name: string): Promise<void> {
		const isNew = await createUser({ name, email: 'a@example.org', password: 'x' });
		if (!isNew) return;
		expect(this.registered.has(name)).toBe(false);
		this.registered.add(name);
	}
}

test(
	'mixed batches have the effects of single statements, also when connections are killed',
	{ timeout: 120_000 },
	async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(wave, { minLength: 1, maxLength: 6 }), async (waves) => {
				const people = await createCrowd(PEOPLE);
				const model = new Model(people.map(({ name }) => name));
				const followed = new Set<string>();
				let number = 0;
				for (const { operations, kills } of waves) {
					const outcomes = Promise.allSettled([
						...operations.map((each) => model.perform(each)),
						...operations.map(async () => {
							const sent = ++number;
							await recordLatest(sent);
							expect(await findLatest()).toBeGreaterThanOrEqual(sent);
						})
					]);
					if (kills) await killConnections();
					for (const outcome of await outcomes) {
						if (outcome.status === 'rejected' && !(kills && isKill(outcome.reason))) throw outcome.reason;
					}
					if (kills) await replaceKilled();
					// What failed is done again, as a client would: a follow as often as it takes.
					for (const [key, isFollow] of model.follows) {
						const [who = 0, whom = 0] = key.split(' ').map(Number);
						const change = isFollow ? follow : unfollow;
						await change({ name: model.nameOf(who) }, model.nameOf(whom), null);
						if (isFollow) followed.add(key);
						else followed.delete(key);
					}
					model.follows.clear();
					await recordLatest(++number);
					expect(await findLatest()).toBe(number);
				}
				for (const [who, { id, name }] of people.entries()) {
					const rows = await queryRows<{ text: string }>(SQL`SELECT text FROM messages WHERE author_id = ${id}`);
					const texts = rows.map(({ text }) => text);
					expect(new Set(texts).size, 'no text is stored twice').toBe(texts.length);
					for (const text of model.certain[who] ?? []) expect(texts).toContain(text);
					for (const text of texts) expect(model.possible[who]).toContain(text);
					const page = await readUserTimeline(id, null);
					expect(page.items.map((item) => item.id)).toEqual(
						page.items.map((item) => item.id).toSorted((a, b) => b - a)
					);
					const following = (await listFollowing(id, null)).items.map((item) => item.name);
					const expected = people.filter((_, whom) => followed.has(`${who} ${whom}`)).map((each) => each.name);
					expect(following.toSorted()).toEqual(expected.toSorted());
					expect(JSON.parse((await readFollowsJson(name, 100)) ?? '').follows).toEqual(following);
					expect(await findProfile(name, null)).toMatchObject({ messages: texts.length, following: following.length });
				}
				for (const name of model.registered) {
					const row = await queryRow<{ count: number }>(SQL`SELECT count(*) FROM users WHERE name = ${name}`);
					expect(row?.count).toBe(1);
				}
				expect(databasePool().waitingCount).toBe(0);
			}),
			{ numRuns: 40 }
		);
	}
);
