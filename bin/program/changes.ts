import { UsageError } from './option-values.ts';
import { type Terminal, printable } from './terminal.ts';

/** The answer to a question was no. */
export class DeclinedError extends Error {}

/** The options of every command that changes something on behalf of the site. */
export const changeOptions = {
	reason: {
		describe: 'why, for the audit record; asked for if it is missing',
		type: 'string',
		requiresArg: true
	},
	yes: { describe: 'do it without a question', type: 'boolean', default: false, alias: 'y' },
	by: {
		describe: 'who does it, for the audit record; default: the name of your account on this machine',
		type: 'string',
		requiresArg: true
	}
} as const;

/** Resolves to the reason that was given or is given now. @throws UsageError if there is none */
export async function requireReason(terminal: Terminal, given: string | undefined): Promise<string> {
	const reason = given ?? (await terminal.ask('Reason:'));
	if (reason !== null && reason.trim() !== '') return reason;
	throw new UsageError('Nothing was changed: say why with --reason TEXT.');
}

/** Asks before a change. @throws DeclinedError for another answer than yes; UsageError if nobody can answer */
export async function requireConsent(terminal: Terminal, question: string, isGiven: boolean): Promise<void> {
	if (isGiven) return;
	const answer = await terminal.ask(`${printable(question)} [y/N]`);
	if (answer === null) throw new UsageError(`${question} Nothing was changed: answer with --yes.`);
	if (!/^y(es)?$/i.test(answer.trim())) throw new DeclinedError('Nothing was changed.');
}
