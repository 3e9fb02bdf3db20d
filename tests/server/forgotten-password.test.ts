import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { SQL, execute, queryRow } from '#lib/server/database/database.ts';
import { requestReset, startResetMails, stopResetMails } from '#lib/server/accounts/forgotten-password.ts';
import { findResettable } from '#lib/server/accounts/password-reset.ts';
import { createLogger } from '#lib/server/observability/log.ts';
import { createPerson } from '../factories.ts';
import { type MailServer, linksIn, startMailServer } from '../mail-server.ts';
import { useDatabase } from '../use-database.ts';

/* Links to a new password by mail, with a real mail server. */

const ORIGIN = 'https://minitwit.example';
const PATIENCE = { timeout: 15_000, interval: 20 };
const ADDRESS = '192.0.2.1';

const database = useDatabase({ LIMIT_RESETS_PER_ADDRESS: '4/3600', LIMIT_RESETS_PER_ACCOUNT: '2/3600' });
let server: MailServer;
let logged: string[] = [];

beforeAll(async () => void (server = await startMailServer()));
afterAll(() => server.stop());
beforeEach(async () => {
	await execute(SQL`DELETE FROM rate_limits`);
	await execute(SQL`DELETE FROM reset_requests`);
	logged = [];
	server.mails.length = 0;
	server.isRefusing = false;
	start();
});
afterEach(stopResetMails);

function start(): void {
	const logger = createLogger('test', 'trace', { write: (line) => void logged.push(line) });
	startResetMails(
		{ ...database.config, ORIGIN, SMTP_URL: server.url, MAIL_FROM: 'MiniTwit <no-reply@minitwit.example>' },
		logger
	);
}

const ask = (email: string, address = ADDRESS) => requestReset(email, address);
const waitForMails = (count: number) => vi.waitUntil(() => server.mails.length === count, PATIENCE);
const waiting = async () => (await queryRow<{ count: number }>(SQL`SELECT count(*) FROM reset_requests`))?.count ?? NaN;
const waitUntilDone = () => vi.waitUntil(async () => (await waiting()) === 0, PATIENCE);

test('every account with an address gets a link, in one short mail in plain text', async () => {
	const email = 'Ada.Lovelace@example.org';
	const [ada, countess] = [await createPerson({ name: 'Ada', email }), await createPerson({ name: 'Gräfin', email })];
	expect(await ask(' ada.lovelace@EXAMPLE.org ')).toEqual({ kind: 'requested' });
	await waitForMails(1);
	const [mail] = server.mails;
	if (!mail) throw new Error('There is no mail');
	// The address is the stored one, whatever was typed.
	expect(mail).toMatchObject({ from: 'no-reply@minitwit.example', to: [email] });
	expect(mail.headers).toMatch(/^Subject: A new password for MiniTwit$/m);
	expect(mail.headers).toMatch(/^From: MiniTwit <no-reply@minitwit\.example>/m);
	expect(mail.headers).toMatch(/^Content-Type: text\/plain; charset=utf-8/m);
	expect(mail.text).toContain('on MiniTwit, https://minitwit.example\n');
	expect(mail.text).toContain('within 30 minutes');
	const links = linksIn(mail, ORIGIN);
	for (const [index, { id, name }] of [ada, countess].entries()) {
		expect(mail.text).toContain(`${name}:\n${ORIGIN}${links[index]}\n`);
		expect(await findResettable(links[index]?.replace('/reset/', '') ?? '')).toMatchObject({ id });
	}
	expect(links).toHaveLength(2);
	await waitUntilDone();
});

test('addresses that differ only in capitals may be of two people: each gets their own mail', async () => {
	await createPerson({ email: 'Two@example.org' });
	await createPerson({ email: 'two@example.org' });
	await ask('two@example.org');
	await waitForMails(2);
	expect(server.mails.map(({ to }) => to).sort()).toEqual([['Two@example.org'], ['two@example.org']]);
	expect(server.mails.map((mail) => linksIn(mail, ORIGIN).length)).toEqual([1, 1]);
});

test('an unknown address gets the same answer, and no mail', async () => {
	const { email } = await createPerson({ email: 'known@example.org' });
	expect(await ask('unknown@example.org')).toEqual(await ask(email));
	await waitForMails(1);
	await waitUntilDone();
	expect(server.mails.map(({ to }) => to)).toEqual([[email]]);
});

test('an invalid address is refused', async () => {
	for (const email of ['', 'nobody', `${'x'.repeat(320)}@example.org`, 'a\0@example.org'])
		expect(await ask(email)).toEqual({ kind: 'invalid', sentence: 'You have to enter a valid email address' });
});

test('what a stored address or a name contains adds no recipient and no link', async () => {
	const email = 'victim@example.org, other@example.org';
	await createPerson({ name: 'https://evil.example/reset', email });
	await ask(email);
	await vi.waitUntil(async () => (await waiting()) === 0 || logged.length > 0, PATIENCE);
	expect(server.mails.flatMap(({ to }) => to)).not.toContain('other@example.org');
	await createPerson({ name: 'evil.example', email: 'victim@example.org' });
	await ask('victim@example.org');
	await vi.waitUntil(() => server.mails.some(({ to }) => to.includes('victim@example.org')), PATIENCE);
	for (const { text } of server.mails) expect(text).not.toContain('evil.example');
});

test('requests are limited per address, and mails per account without telling', async () => {
	const { email } = await createPerson({ email: 'limited@example.org' });
	for (let time = 0; time < 4; time++) expect(await ask(email)).toEqual({ kind: 'requested' });
	expect(await ask('other@example.org')).toEqual({
		kind: 'limited',
		limited: { retryAfterSeconds: expect.any(Number) }
	});
	expect(await ask(email, '198.51.100.1')).toEqual({ kind: 'requested' });
	await waitForMails(2);
	await waitUntilDone();
	expect(server.mails).toHaveLength(2);
});

test('a mail that the server refuses is tried again, also by another process, and the log names nobody', async () => {
	const { email } = await createPerson({ email: 'patient@example.org' });
	server.isRefusing = true;
	await ask(email);
	await vi.waitUntil(() => logged.length > 0, PATIENCE);
	expect(logged.join('')).toContain('EENVELOPE 451');
	expect(logged.join('')).not.toMatch(/patient|\/reset\/|smtp secret|smtp%20/);
	await stopResetMails();
	expect(await waiting()).toBe(1);
	const row = await queryRow<{ seconds: number }>(
		SQL`SELECT extract(epoch FROM due_at - now())::float8 AS seconds FROM reset_requests`
	);
	expect(row?.seconds).toBeCloseTo(60, -1);
	server.isRefusing = false;
	start();
	await execute(SQL`UPDATE reset_requests SET due_at = now()`);
	await ask('somebody@example.org');
	await waitForMails(1);
	await waitUntilDone();
});

test('a request of a stopped server waits for another one', async () => {
	const { email } = await createPerson({ email: 'late@example.org' });
	await ask(email);
	await stopResetMails();
	start();
	await ask('somebody@example.org');
	await waitForMails(1);
	expect(server.mails[0]?.to).toEqual([email]);
});
