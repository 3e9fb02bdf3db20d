import type { Config } from '#lib/server/config.ts';
import { type SendMail, createMailer } from '#lib/server/mailer.ts';
import type { Logger } from '#lib/server/observability/log.ts';
import { createResetPath, listAccountsToReset } from './password-reset.ts';
import { type Limited, accountKey, addressKey, spendPoint } from './rate-limits.ts';
import { type MailedLink, writeResetMail } from './reset-mail.ts';
import { type ResetRequest, addResetRequest, deleteResetRequest, takeResetRequest } from './reset-queue.ts';
import { validateEmail } from './users.ts';

/* Sends a link to a new password to the e-mail address of an account. Reasons: docs/decisions/0031-password-reset.md. */

/** The outcome of a request. `requested` does not say whether an account has the address. */
export type ResetRequestOutcome =
	{ kind: 'requested' } | { kind: 'invalid'; sentence: string } | { kind: 'limited'; limited: Limited };

interface Job {
	send: SendMail;
	origin: string;
	logger: Logger;
	timer: NodeJS.Timeout;
	isStopping: boolean;
	running?: Promise<void>;
}

/** For requests that failed before, or that another server has left. */
const INTERVAL_MS = 30_000;
/** Nothing that depends on whether the address is known happens before the response has been sent. */
const DELAY_MS = 250;

let job: Job | null = null;

/** Whether links can be sent by mail. */
export function canMailLinks(): boolean {
	return job !== null;
}

/** Starts to send requested links, if SMTP is configured. */
export function startResetMails({ SMTP_URL, MAIL_FROM, ORIGIN }: Config, logger: Logger): void {
	if (SMTP_URL === undefined || MAIL_FROM === undefined || ORIGIN === undefined) return;
	const started: Job = {
		send: createMailer(SMTP_URL, MAIL_FROM),
		origin: ORIGIN,
		logger,
		isStopping: false,
		timer: setInterval(() => run(started), INTERVAL_MS).unref()
	};
	job = started;
}

/** Stops. Resolves once the mail that is being sent has been sent or given up; the other requests wait in the database. */
export async function stopResetMails(): Promise<void> {
	const stopped = job;
	job = null;
	if (!stopped) return;
	stopped.isStopping = true;
	clearInterval(stopped.timer);
	await stopped.running;
}

/** Requests a link for each account that has this e-mail address. It is sent after the response. */
export async function requestReset(enteredEmail: string, address: string): Promise<ResetRequestOutcome> {
	const email = enteredEmail.trim();
	const sentence = validateEmail(email);
	if (sentence !== null) return { kind: 'invalid', sentence };
	const limited = await spendPoint('resetsPerAddress', addressKey(address));
	if (limited) return { kind: 'limited', limited };
	// Whoever asks need not learn that somebody else has asked: the earlier mails are there already.
	const isEnough = (await spendPoint('resetsPerAccount', accountKey(email.toLowerCase()))) !== null;
	if (!isEnough) await addResetRequest(email);
	const asked = job;
	if (asked) setTimeout(() => run(asked), DELAY_MS).unref();
	return { kind: 'requested' };
}

/** Sends all requests whose turn it is, after those that are being sent. */
function run(started: Job): void {
	const warn = (err: unknown) => started.logger.warn({ err }, 'A link to a new password was not sent');
	const work = async () => {
		for (let request; !started.isStopping && (request = await takeResetRequest());)
			await answer(request, started).catch(warn);
	};
	started.running = (started.running ?? Promise.resolve()).then(work).catch(warn);
}

/** Sends what was requested. After a failure the request stays for later. */
async function answer({ id, email }: ResetRequest, { send, origin }: Job): Promise<void> {
	for (const [to, accounts] of Map.groupBy(await listAccountsToReset(email), (account) => account.email)) {
		const links: MailedLink[] = [];
		for (const { id, name } of accounts) links.push({ name, path: await createResetPath(id) });
		await send(writeResetMail(to, links, origin));
	}
	await deleteResetRequest(id);
}
