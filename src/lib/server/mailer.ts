import { createTransport } from 'nodemailer';

/** A mail in plain text. */
export interface Mail {
	to: string;
	subject: string;
	text: string;
}

/** Sends a mail. @throws MailError */
export type SendMail = (mail: Mail) => Promise<void>;

/** A mail that the server at SMTP_URL did not take. The message is safe to log: it names no address and no credentials. */
export class MailError extends Error {
	override name = 'MailError';
}

/** So that a mail server that does not answer is given up before the request's turn comes again. */
const TIMEOUT_MS = 10_000;

/** Returns a function that sends mails from an address, each over a connection of its own. */
export function createMailer(smtpUrl: string, from: string): SendMail {
	const timeouts = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS };
	const transport = createTransport({
		url: smtpUrl,
		...timeouts,
		disableFileAccess: true,
		disableUrlAccess: true
	});
	return async ({ to, subject, text }) => {
		// As an object, an address is one recipient, whatever it contains.
		const mail = {
			from,
			to: { name: '', address: to },
			subject,
			text,
			headers: { 'auto-submitted': 'auto-generated' }
		};
		await transport.sendMail(mail).catch((error: { code?: string; responseCode?: number }) => {
			const { code = 'unknown error', responseCode = '' } = error;
			throw new MailError(`The mail server did not take a mail: ${`${code} ${responseCode}`.trim()}`);
		});
	};
}
