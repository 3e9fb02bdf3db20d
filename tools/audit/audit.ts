import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { flagsOfScript } from '../script-flags.ts';
import { findBrowser } from '../browser.ts';
import { findFreePort } from '../../bin/ports.ts';
import { startTestServer } from '../../tests/database-server.ts';
import { startWebServer } from '../../tests/e2e/web-server.ts';
import { SESSION_COOKIE, createSession } from '#lib/server/accounts/sessions.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { createCrowd, createMessage } from '../../tests/factories.ts';
import { MIN_SCORES, isWithin, measureScores } from './lighthouse.ts';
import { measurePace } from './machine.ts';
import { measureSizes } from './sizes.ts';

/*
 * npm run audit: checks sizes against their budgets, and runs Lighthouse at least twice on each page that visitors see
 * first, and on the settings. Exits with 1 if a size or score is out of bounds. Uses the existing build.
 */

flagsOfScript('npm run audit   checks download sizes against their budgets, and runs Lighthouse on the pages', {});

const folder = mkdtempSync(join(tmpdir(), 'minitwit-audit-'));
const postgres = await startTestServer();
process.env.TEST_SERVER_URL = postgres.url;
const server = await startWebServer(join(folder, 'web.log'));
const port = await findFreePort();
const browser = await chromium.launch({
	executablePath: findBrowser() ?? undefined,
	args: [`--remote-debugging-port=${port}`, '--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
});
let isPassing = true;
try {
	const people = await createCrowd(20);
	const [person = { id: 0, name: '' }] = people;
	for (let number = 0; number < 60; number++)
		await createMessage(
			people[number % 20]?.id ?? 0,
			`A message, number ${number}, of a usual length for its kind`,
			null
		);
	const message = await createMessage(person.id, 'A message on a page of its own', null);
	const cookie = { cookie: `${SESSION_COOKIE}=${await createSession(person.id)}` };
	const profile = profilePath(person.name);
	const pages: [string, Record<string, string>?][] = [
		['/public'],
		[profile],
		[`${profile}/${message.id}`],
		['/people'],
		['/login'],
		['/register'],
		['/offline'],
		['/settings', cookie]
	];

	for (const { what, bytes, budget } of await measureSizes(browser, server.origin)) {
		isPassing &&= bytes > 0 && bytes <= budget;
		console.log(`${what.padEnd(42)} ${(bytes / 1000).toFixed(1).padStart(6)} kB of ${budget / 1000} kB`);
	}
	const { slowdown, milliseconds } = measurePace();
	console.log(
		`\nThis machine takes ${milliseconds.toFixed(0)} ms to allocate 64 MiB; the simulated phone ${slowdown === 1 ? 'is as fast' : `is ${slowdown} times slower`}.`
	);
	console.log(`\n${''.padEnd(28)} ${Object.keys(MIN_SCORES).join('  ')}`);
	for (const [path, headers] of pages) {
		const { scores, faults } = await measureScores(server.origin + path, port, slowdown, headers);
		const isGood = isWithin(scores);
		isPassing &&= isGood;
		const cells = Object.keys(MIN_SCORES).map((name) => String(scores[name]).padStart(name.length));
		console.log(`${path.padEnd(28)} ${cells.join('  ')}`);
		if (!isGood) faults.forEach((fault) => console.log(`  ${fault}`));
	}
} finally {
	await browser.close();
	await server.remove();
	await postgres.stop();
	rmSync(folder, { recursive: true });
}
console.log(isPassing ? '\nAll sizes and scores are within bounds.' : '\nA size or score is out of bounds.');
process.exitCode = isPassing ? 0 : 1;
