import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Page, test as base, expect } from '@playwright/test';
import { SESSION_COOKIE, createSession } from '#lib/server/accounts/sessions.ts';
import { createPerson } from '../factories.ts';
import { findFaultsOfLog } from '../log-mapping.ts';
import { type WebServer, startWebServer } from './web-server.ts';

export type Person = Awaited<ReturnType<typeof createPerson>>;

interface WorkerFixtures {
	/** The web app that this worker's tests visit. Its database is theirs alone. */
	webServer: WebServer;
}

interface TestFixtures {
	/** Errors that a test provokes, to be filled by it; any other on the page's console fails the test. */
	expectedErrors: RegExp[];
	failOnPageErrors: null;
	/** Signs the browser in without the form, as a new person unless one is given. */
	signIn: (person?: Person) => Promise<Person>;
}

/*
 * Make people, messages and follows with the domain functions (`createPerson` of the factories,
 * `createMessage`, `createFollow`): they work on the database of the page. Tests of one worker share
 * it, so a test makes its own people and looks for its own texts.
 */
export const test = base.extend<TestFixtures, WorkerFixtures>({
	webServer: [
		async ({ browserName: _ }, use, worker) => {
			mkdirSync(worker.project.outputDir, { recursive: true });
			const server = await startWebServer(join(worker.project.outputDir, `web-${worker.workerIndex}.log`));
			await use(server);
			await server.remove();
			// Whatever the tests have made it write, production must be able to keep.
			expect(findFaultsOfLog(readFileSync(server.logFile, 'utf8'))).toEqual([]);
		},
		{ scope: 'worker' }
	],
	baseURL: ({ webServer }, use) => use(webServer.origin),
	expectedErrors: ({ browserName: _ }, use) => use([]),
	failOnPageErrors: [
		async ({ context, expectedErrors }, use) => {
			const errors: string[] = [];
			context.on('console', (message) => {
				if (['error', 'warning'].includes(message.type())) errors.push(`${message.text()} ${message.location().url}`);
			});
			context.on('weberror', (error) => errors.push(String(error.error())));
			await use(null);
			expect(errors.filter((error) => !expectedErrors.some((expected) => expected.test(error)))).toEqual([]);
		},
		{ auto: true }
	],
	signIn: ({ context, webServer }, use) =>
		use(async (person) => {
			const chosen = person ?? (await createPerson());
			const value = await createSession(chosen.id);
			await context.addCookies([
				{ name: SESSION_COOKIE, value, url: webServer.origin, httpOnly: true, sameSite: 'Lax' }
			]);
			return chosen;
		})
});

export { createPerson, expect };

/** Opens a page that shows a timeline, and waits until its scripts have taken over: then it listens for new messages. */
export async function gotoHydrated(page: Page, path: string): Promise<void> {
	const listening = page.waitForRequest(/\/events\?/);
	await page.goto(path);
	await listening;
}
