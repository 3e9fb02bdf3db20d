import type { IncomingMessage, ServerResponse } from 'node:http';
import fc from 'fast-check';
import type { RequestEvent } from '@sveltejs/kit';
import { beforeAll, expect, test } from 'vitest';
import { answerVisitor, keepVisitorPages } from '#lib/http/visitor-pages.server.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { SQL, execute, queryRow } from '#lib/server/database/database.ts';
import { parseCursor } from '#lib/server/database/pagination.ts';
import { listFollowers, listFollowing, unfollow } from '#lib/server/follows/following.ts';
import { readPublicTimeline, readUserTimeline } from '#lib/server/messages/timelines.ts';
import { createFollow, createMessage, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

/* Kept pages with a real database and a stand-in for the framework, whose renderings a test can interrupt. */

useDatabase();

let alice: { id: number; name: string };
let bob: { id: number; name: string };
let carol: { id: number; name: string };

beforeAll(async () => {
	[alice, bob, carol] = [
		await createPerson({ name: 'alice' }),
		await createPerson({ name: 'bob' }),
		await createPerson({ name: 'carol' })
	];
	for (const text of ['one', 'two', 'three']) await createMessage(alice.id, text);
});

const PROFILE = '/[[prefix=u]]/[username]';

/** Returns what a page shows. */
async function render(path: string): Promise<string> {
	const { pathname, searchParams } = new URL(path, 'http://localhost');
	const cursor = parseCursor(searchParams);
	if (cursor === 'invalid') throw new Error('Invalid');
	const [name = '', list] = pathname.slice(1).split('/');
	if (name === 'public') return JSON.stringify(await readPublicTimeline(cursor));
	const profile = await findProfile(name, null);
	if (!profile) throw new Error('Unknown');
	const read = list === 'followers' ? listFollowers : list === 'following' ? listFollowing : readUserTimeline;
	return JSON.stringify([profile, await read(profile.id, cursor)]);
}

/** How often a page was rendered. */
let renderings = 0;
const nothing = async () => undefined;

/** Requests a page as a visitor. `during` runs while it is rendered, if it is. Resolves to what the visitor sees. */
async function visit(path: string, during: (() => Promise<unknown>)[] = []): Promise<string> {
	const request = { method: 'GET', url: path, headers: {} } as IncomingMessage;
	let body = '';
	const response = { writeHead: () => response, end: (bytes: Buffer) => (body = String(bytes)) };
	if (await answerVisitor(request, response as unknown as ServerResponse)) return body;
	const url = new URL(path, 'http://localhost');
	const [name = '', list] = url.pathname.slice(1).split('/');
	const id = name === 'public' ? '/public' : `${PROFILE}${list ? `/${list}` : ''}`;
	const event = { platform: { req: request }, route: { id }, params: { username: name }, url, isDataRequest: false };
	const [before = nothing, after = nothing] = during;
	const resolve = async () => {
		renderings++;
		await before();
		const html = await render(path);
		await after();
		return new Response(html, { headers: { 'content-security-policy': "script-src 'nonce-n0nce'" } });
	};
	return (await keepVisitorPages({ event: event as unknown as RequestEvent, resolve })).text();
}

const newestId = async () => (await queryRow<{ id: number }>(SQL`SELECT max(id) AS id FROM messages`))?.id ?? 0;
const setFlag = async (flagged: boolean) =>
	execute(SQL`UPDATE messages SET flagged = ${flagged} WHERE id = ${await newestId()}`);

const CHANGES = {
	nothing,
	post: () => createMessage(alice.id, 'Hello'),
	flag: () => setFlag(true),
	unflag: () => setFlag(false),
	'flag and unflag': async () => {
		await setFlag(true);
		await setFlag(false);
	},
	delete: async () => execute(SQL`DELETE FROM messages WHERE id = ${await newestId()}`),
	follow: () => createFollow('bob', 'alice'),
	unfollow: () => unfollow(bob, 'alice', null),
	rename: () => execute(SQL`UPDATE users SET name = name || '.' WHERE id = ${carol.id}`),
	'profile edit': () => execute(SQL`UPDATE users SET bio = coalesce(bio, '') || '.' WHERE id = ${alice.id}`),
	close: () => execute(SQL`INSERT INTO closed_accounts (user_id) VALUES (${carol.id}) ON CONFLICT DO NOTHING`),
	reopen: () => execute(SQL`DELETE FROM closed_accounts`)
};

const PATHS = [
	'/public',
	'/public?before=3',
	'/alice',
	'/alice/followers',
	'/bob/following',
	'/alice/followers?after=0'
];
const change = fc.constantFrom(...(Object.keys(CHANGES) as (keyof typeof CHANGES)[]));
const step = fc.record({
	path: fc.constantFrom(...PATHS),
	before: change,
	/** Before and after the rendering reads. */
	during: fc.array(change, { maxLength: 2 })
});

test('whatever changes before or during a rendering, nobody sees a page older than their request', async () => {
	await createFollow('carol', 'alice');
	await fc.assert(
		fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
			for (const { path, before, during } of steps) {
				await CHANGES[before]();
				const atFirst = await render(path);
				const seen = await visit(
					path,
					during.map((name) => CHANGES[name])
				);
				if (during.length === 0) expect(seen).toBe(atFirst);
				for (const each of PATHS) expect(await visit(each), each).toBe(await render(each));
			}
		}),
		{ numRuns: 40 }
	);
});

test('a page is rendered once per state, however many request it', async () => {
	await CHANGES.post();
	renderings = 0;
	const pages = await Promise.all(Array.from({ length: 50 }, () => visit('/public')));
	pages.push(await visit('/public'), await visit('/public?utm=x'));
	expect(new Set(pages)).toEqual(new Set([await render('/public')]));
	expect(renderings).toBe(1);
});

test('a message that came and went during a rendering is not kept', async () => {
	await CHANGES.flag();
	await visit('/public', [CHANGES.unflag, CHANGES.flag]);
	expect(await visit('/public')).toBe(await render('/public'));
});

test('visitors who arrive during a rendering see what was there when they arrived', async () => {
	await CHANGES.post();
	let later: Promise<string> | undefined;
	let expected = '';
	await visit('/public', [
		nothing,
		async () => {
			await CHANGES.post();
			expected = await render('/public');
			later = visit('/public');
		}
	]);
	expect(await later).toBe(expected);
});

test('a failed rendering is not kept and fails only for those who share it', async () => {
	await CHANGES.post();
	const fail = async () => {
		throw new Error('On purpose');
	};
	const [first, second] = await Promise.allSettled([visit('/public', [fail]), visit('/public')]);
	expect(first.status).toBe('rejected');
	expect(second).toMatchObject({ value: await render('/public') });
});
