import { readdirSync } from 'node:fs';
import { RESERVED_NAMES, isReservedName, profilePath } from '#lib/text/profile-path.ts';
import { register } from '#lib/server/accounts/registration.ts';
import { createPerson, expect, test } from './fixtures.ts';
import { type Answer, newVisitor } from './visitor.ts';

/* Whoever registers has a page, and no name is kept from people that they could have. */

const routes = readdirSync('src/routes', { withFileTypes: true })
	.filter((entry) => entry.isDirectory() && !entry.name.startsWith('['))
	.map(({ name }) => name);
const files = readdirSync('build/client', { withFileTypes: true })
	.filter((entry) => entry.isFile())
	.map(({ name }) => name);
/** What SvelteKit claims, and what only looks like it. */
const kitForms = ['_app', '_apple', '__data.json', 'x.html__data.json', '.html__data.json', '__route.js'];
const lookAlikes = [
	...['x__data.json', 'x__route.js', 'x.html__route.js', '__data.json.gz', 'env.js', 'version.json', 'x_app'],
	...[
		'icon',
		'icon.svg.zst',
		'icons',
		'screenshots',
		'manifest.webmanifest.br',
		'service-worker',
		'x.html',
		'index.html'
	],
	...['follow', 'unfollow', 'followers', 'following', 'constructor', '__proto__', '~', '-', '...', '%', '%2F', ' x ']
];
const names = [...new Set([...routes, ...files, ...kitForms, ...lookAlikes, ...Object.values(RESERVED_NAMES).flat()])];

/** What the page's heading says. */
const headingOf = ({ body }: Answer) =>
	(/<h1[^>]*>(.*?)<\/h1>/s.exec(body)?.[1] ?? '').replace(/<[^>]*>|[\u2066-\u2069]/g, '').trim();

/** Such names are registered once a test: from addresses enough for all of them. */
const ask = (name: string, index: number) =>
	register({ name, email: 'someone@example.com', password: 'three random words' }, { address: `10.0.0.${index}` });

test('every name is refused, or its page shows its person', async ({ webServer }) => {
	test.slow();
	const visitor = newVisitor(webServer.origin);
	for (const [index, name] of names.entries()) {
		const outcome = await ask(name, index);
		if (outcome.kind !== 'registered')
			expect(outcome, name).toEqual({ kind: 'invalid', sentence: 'The username is already taken' });
		else expect(headingOf(await visitor.get(`/${encodeURIComponent(name.trim())}`)), name).toBe(name.trim());
	}
});

test('who has a reserved name all the same has a page, with all that belongs to it', async ({ webServer }) => {
	test.slow();
	const visitor = newVisitor(webServer.origin);
	for (const name of [...names, 'a/b', 'a/__data.json', 'x.html__data.json/x', '_app/x', 'Login']) {
		await createPerson({ name });
		const path = profilePath(name);
		expect(headingOf(await visitor.get(path)), path).toBe(name.trim());
		for (const list of ['followers', 'following'])
			expect(headingOf(await visitor.get(`${path}/${list}`)), `${path}/${list}`).toContain(name.trim());
	}
});

test('every name that is reserved is really taken, but for those that are kept free', async ({ webServer }) => {
	test.slow();
	const visitor = newVisitor(webServer.origin);
	for (const name of [...RESERVED_NAMES.taken, ...kitForms]) {
		await createPerson({ name });
		expect(isReservedName(name), name).toBe(true);
		expect(headingOf(await visitor.get(`/${encodeURIComponent(name)}`)), name).not.toBe(name);
	}
	for (const name of lookAlikes) expect(isReservedName(name), name).toBe(false);
});
