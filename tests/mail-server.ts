import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail as it arrived. */
export interface ReceivedMail {
	from: string;
	to: string[];
	headers: string;
	/** The text, decoded. */
	text: string;
}

/** A real SMTP server that keeps what it receives. */
export interface MailServer {
	url: string;
	mails: ReceivedMail[];
	/** While true, it refuses every mail with 451. */
	isRefusing: boolean;
	stop(): Promise<void>;
}

/** Starts the server. It requires a name and a password, which the URL contains. */
export async function startMailServer(): Promise<MailServer> {
	const mails: ReceivedMail[] = [];
	const server = new SMTPServer({
		disabledCommands: ['STARTTLS'],
		allowInsecureAuth: true,
		onAuth({ username, password }, _session, answer) {
			if (username === 'minitwit' && password === 'smtp secret') answer(null, { user: username });
			else answer(new Error('Wrong name or password'));
		},
		onRcptTo({ address }, _session, answer) {
			if (!started.isRefusing) return answer();
			answer(Object.assign(new Error(`Later, ${address}`), { responseCode: 451 }));
		},
		onData(stream, { envelope }, answer) {
			const parts: Buffer[] = [];
			stream.on('data', (part: Buffer) => parts.push(part));
			stream.on('end', () => {
				const [headers = '', ...body] = Buffer.concat(parts).toString().split('\r\n\r\n');
				const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
				const to = envelope.rcptTo.map(({ address }) => address);
				mails.push({ from, to, headers, text: decode(headers, body.join('\r\n\r\n')) });
				answer();
			});
		}
	});
	server.listen(0, '127.0.0.1');
	await once(server.server, 'listening');
	const { port } = server.server.address() as AddressInfo;
	const started: MailServer = {
		url: `smtp://minitwit:smtp%20secret@127.0.0.1:${port}`,
		mails,
		isRefusing: false,
		stop: () => new Promise((stopped) => server.close(() => stopped()))
	};
	return started;
}

/** Decodes quoted-printable (RFC 2045, section 6.7). */
function decode(headers: string, body: string): string {
	const text = body.replaceAll('\r\n', '\n');
	if (!/content-transfer-encoding: quoted-printable/i.test(headers)) return text;
	const bytes = text
		.replace(/=\n/g, '')
		.replace(/=([\dA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
	return Buffer.from(bytes, 'latin1').toString();
}

/** The paths of the links in a mail. */
export function linksIn({ text }: ReceivedMail, origin: string): string[] {
	return text
		.split(/\s+/)
		.filter((word) => word.startsWith(`${origin}/reset/`))
		.map((word) => word.slice(origin.length));
}
