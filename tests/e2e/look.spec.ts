import { createFollow, createMessage } from '../factories.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { editProfile } from '#lib/server/accounts/edit-profile.ts';
import { createPerson, expect, test } from './fixtures.ts';
import { HARD_TEXTS, checkPage, listViolations } from './look.ts';

/* What is measurable about the look: no axe violations, and nothing that shifts, overflows or is too small to tap. */

let foreignRequests: string[] = [];

test.beforeEach(({ context, webServer }) => {
	foreignRequests = [];
	context.on('request', (request) => {
		const { origin, protocol, href } = new URL(request.url());
		if (protocol.startsWith('http') && origin !== webServer.origin) foreignRequests.push(href);
	});
});

test.afterEach(() => expect(foreignRequests).toEqual([]));

/** Creates an author with a long name and messages that are hard to lay out. Resolves to the profiles of reader and author. */
async function createReaderAndAuthor(
	signIn: () => Promise<{ id: number; name: string }>
): Promise<{ own: string; author: string; message: string }> {
	const alice = await signIn();
	const bob = await createPerson({ name: `${'Bartholomew'.repeat(6)} ${crypto.randomUUID().slice(0, 8)}` });
	for (const text of HARD_TEXTS) await createMessage(bob.id, text, null);
	for (let number = 0; number < 30; number++) await createMessage(bob.id, `number ${number}`, null);
	await createFollow(alice.name, bob.name);
	await createFollow(bob.name, alice.name);
	const profile = { display_name: 'Bart', bio: 'x'.repeat(160), link: `example.org/${'y'.repeat(180)}` };
	await editProfile({ member: { ...bob, address: '192.0.2.1' }, owner: null }, profile);
	const { id } = await createMessage(alice.id, 'one of my own', null);
	const own = profilePath(alice.name);
	return { own, author: profilePath(bob.name), message: `${own}/${id}` };
}

const SIGNED_OUT = ['/public', '/people', '/about', '/login', '/register', '/forgot'];
const SIGNED_IN = [
	'/',
	'/public',
	'AUTHOR',
	'OWN',
	'AUTHOR/followers',
	'OWN/followers',
	'/people',
	'/people?q=bartholomew',
	'/add_message',
	'/logout',
	'MESSAGE',
	'MESSAGE/delete',
	'/settings',
	'/settings/email',
	'/settings/password',
	'/settings/sessions',
	'/settings/close',
	'/no-such-page'
];

type Paths = Awaited<ReturnType<typeof createReaderAndAuthor>>;

const resolvePath = (path: string, { own, author, message }: Paths) =>
	path.replace('AUTHOR', author).replace('OWN', own).replace('MESSAGE', message);

for (const width of [320, 1280]) {
	test.describe(`${width} px wide, in light and dark mode`, () => {
		test.use({ viewport: { width, height: 740 } });

		for (const path of SIGNED_OUT)
			test(`${path} is accessible, does not shift and fits`, async ({ page }) => checkPage(page, path));

		for (const path of SIGNED_IN)
			test(`${path} is accessible, does not shift and fits, logged in`, async ({ page, signIn, expectedErrors }) => {
				expectedErrors.push(/404/);
				await checkPage(page, resolvePath(path, await createReaderAndAuthor(signIn)));
			});
	});
}

test('with text twice as large, pages fit on a phone and are accessible', async ({ page, context, signIn }) => {
	test.slow();
	await page.setViewportSize({ width: 320, height: 740 });
	const devtools = await context.newCDPSession(page);
	await devtools.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
	for (const path of SIGNED_OUT) await checkPage(page, path);
	const paths = await createReaderAndAuthor(signIn);
	for (const path of ['/', 'AUTHOR', 'AUTHOR/followers', 'MESSAGE', '/add_message', '/settings'])
		await checkPage(page, resolvePath(path, paths));
});

test('a form with an error is accessible and shows the error', async ({ page, expectedErrors }) => {
	expectedErrors.push(/400/);
	await page.goto('/register');
	await page.getByRole('button', { name: 'Create account' }).click();
	await expect(page.getByRole('alert')).toContainText('You have to enter a username');
	expect(await listViolations(page)).toEqual([]);
});

test('text has enough contrast, and nothing moves with reduced motion', async ({ page, signIn }) => {
	const { author: path } = await createReaderAndAuthor(signIn);
	await page.emulateMedia({ reducedMotion: 'reduce' });
	for (const colorScheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		await page.goto(path);
		const { text, quiet, moving } = await page.evaluate(() => {
			const channels = (color: string) => {
				const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
				const context = canvas.getContext('2d');
				if (!context) return [0, 0, 0];
				context.fillStyle = color;
				context.fillRect(0, 0, 1, 1);
				return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
			};
			const luminance = (color: string) => {
				const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
					const share = value / 255;
					return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
				});
				return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
			};
			const paper = luminance(getComputedStyle(document.documentElement).backgroundColor);
			const contrast = (selector: string) => {
				const element = document.querySelector(selector);
				const ink = luminance(element ? getComputedStyle(element).color : '');
				return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
			};
			const moving = [...document.querySelectorAll('*')].filter((element) => {
				const { animationName, transitionDuration } = getComputedStyle(element);
				return animationName !== 'none' || transitionDuration.split(', ').some((time) => time !== '0s');
			});
			return { text: contrast('article p'), quiet: contrast('article time'), moving: moving.length };
		});
		expect(text).toBeGreaterThanOrEqual(7);
		expect(quiet).toBeGreaterThanOrEqual(4.5);
		expect(moving).toBe(0);
	}
});
