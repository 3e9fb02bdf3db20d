import { readFileSync } from 'node:fs';
import { UsageError } from '../command-line.ts';

/** One line of a simulator's log. */
export type Action = {
	number: number;
	/** The original client sleeps this, divided by 100,000,000, in seconds. */
	delay: number;
	/** Milliseconds since 1970. */
	timestamp: number;
	user: string;
} & Deed;

export type Deed =
	| { command: 'register'; email: string; password: string }
	| { command: 'tweet'; text: string }
	| { command: 'follow' | 'unfollow'; other: string };

/** Fields before those of the command: number, delay, timestamp, command, user. */
const COMMON_FIELDS = 5;

/**
 * Reads a log: tab-separated, no quoting, one action a line.
 * @throws UsageError that names the first line that cannot be read
 */
export function readLog(file: string): Action[] {
	try {
		return parseLog(readFileSync(file, 'utf8'));
	} catch (error) {
		if (error instanceof UsageError) throw new UsageError(`${file}, ${error.message}`);
		throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
	}
}

/** Parses the text of a log. @throws UsageError */
export function parseLog(text: string): Action[] {
	const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
	if (lines.at(-1) === '') lines.pop();
	return lines.map((line, index) => {
		const action = parseLine(line);
		if (typeof action === 'string') throw new UsageError(`line ${index + 1}: ${action}`);
		return action;
	});
}

/** The log's form of an action, without the line end. */
export function formatAction(action: Action): string {
	const { number, delay, timestamp, command, user } = action;
	return [number, delay, timestamp, command, user, ...ownFields(action)].join('\t');
}

function ownFields(deed: Deed): string[] {
	if (deed.command === 'register') return [deed.email, deed.password];
	return [deed.command === 'tweet' ? deed.text : deed.other];
}

/** The action, or what is wrong with the line. The last field may hold tabs: nothing is quoted. */
function parseLine(line: string): Action | string {
	const fields = line.split('\t');
	const [number, delay, timestamp, command = '', user] = fields;
	if (user === undefined) return `${fields.length} fields, where there are at least six`;
	for (const [name, value] of Object.entries({ number, delay, timestamp })) {
		if (!/^\d{1,15}$/.test(value ?? '')) return `the ${name} is no whole number`;
	}
	const deed = parseDeed(command, fields.slice(COMMON_FIELDS));
	if (typeof deed === 'string') return deed;
	return { number: Number(number), delay: Number(delay), timestamp: Number(timestamp), user, ...deed };
}

function parseDeed(command: string, fields: string[]): Deed | string {
	const [first, ...rest] = fields;
	const all = fields.join('\t');
	switch (command) {
		case 'register':
			if (first === undefined || rest.length === 0) return 'register needs an e-mail address and a password';
			return { command, email: first, password: rest.join('\t') };
		case 'tweet':
			return first === undefined ? 'tweet needs a text' : { command, text: all };
		case 'follow':
		case 'unfollow':
			return first === undefined ? `${command} needs another user` : { command, other: all };
		default:
			return `${JSON.stringify(command)} is no command; there are register, tweet, follow and unfollow`;
	}
}
