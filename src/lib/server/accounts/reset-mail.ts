import type { Mail } from '#lib/server/mailer.ts';
import { RESET_MINUTES } from './password-reset.ts';

/** An account and the path of its link. */
export interface MailedLink {
	name: string;
	path: string;
}

/**
 * A name that no mail program takes for a link or an address. Anyone can register any name with anyone's e-mail address,
 * and a mail of ours must not carry a link of theirs.
 */
const HARMLESS_NAME = /^[\p{L}\p{M}\p{N} _-]{1,40}$/u;

/** Returns the mail with the links of all accounts that have an address. */
export function writeResetMail(to: string, links: MailedLink[], origin: string): Mail {
	const paragraphs = [
		`Someone asked for a new password for ${links.length === 1 ? 'your account' : 'your accounts'} on MiniTwit, ${origin}`,
		`Open this link within ${RESET_MINUTES} minutes to set one. It works once.`,
		...links.map(({ name, path }) => `${HARMLESS_NAME.test(name) ? `${name}:\n` : ''}${origin}${path}`),
		'If it was not you, ignore this mail: nothing has changed.'
	];
	return { to, subject: 'A new password for MiniTwit', text: `${paragraphs.join('\n\n')}\n` };
}
