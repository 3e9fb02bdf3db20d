import { readdirSync } from 'node:fs';
import { RESERVED_NAMES, isReservedName, profilePath } from '#lib/text/profile-path.ts';
import { register } from '#lib/server/accounts/registration.ts';
import { createPerson, expect, test } from './fixtures.ts';
import { type Answer, newVisitor } from './visitor.ts';

/* Every registered user has a page, and no usable name is reserved. */

const routes = readdirSync('src/routes', { withFileTypes: true })
	.filter((entry) => entry.isDirectory() && !entry.name.startsWith('['))
	.map(({ name }) => name);
const files = readdirSync('build/client', { withFileTypes: true })
	.filter((entry) => entry.isFile())
	.map(({ name }) => name);
/** Names that SvelteKit claims, and names that only look like them. */
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

/** Returns the text of the page's heading. */
const headingOf = ({ body }: Answer) =>
	(/<h1[^>]*>(.*?)<\/h1>/s.exec(body)?.[1] ?? '').replace(/<[^>]*>|[\u2066-\u2069]/g, '').trim();

/** Registers a name from an address of its own, so that the limit per address does not apply. */
const registerName = (name: string, index: number) =>
	register({ name, email: 'someone@example.com', password: 'three random words' }, { address: `10.0.0.${index}` });

test('every name is either rejected or its page shows its user', async ({ webServer }) => {
	test.slow();
	const visitor = newVisitor(webServer.origin);
	for (const [index, name] of names.entries()) {
		const outcome = await registerName(name, index);
		if (outcome.kind !== 'registered')
			expect(outcome, name).toMatchObject({ kind: 'invalid', sentence: 'The username is already taken' });
		else expect(headingOf(await visitor.get(`/${encodeURIComponent(name.trim())}`)), name).toBe(name.trim());
	}
});

test('an existing user with a reserved name has a profile and its lists', async ({ webServer }) => {
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

test('every name reserved as taken really is taken, and look-alikes are not reserved', async ({ webServer }) => {
	test.slow();
	const visitor = newVisitor(webServer.origin);
	for (const name of [...RESERVED_NAMES.taken, ...kitForms]) {
		await createPerson({ name });
		expect(isReservedName(name), name).toBe(true);
		expect(headingOf(await visitor.get(`/${encodeURIComponent(name)}`)), name).not.toBe(name);
	}
	for (const name of lookAlikes) expect(isReservedName(name), name).toBe(false);
});
