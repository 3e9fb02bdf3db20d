import { readFileSync } from 'node:fs';
import { UsageError } from '../program/option-values.ts';

/** One line of a simulator log. */
export type Action = {
	number: number;
	/** The original client sleeps for this value divided by 100,000,000, in seconds. */
	delay: number;
	/** Milliseconds since 1970. */
	timestamp: number;
	user: string;
} & Operation;

export type Operation =
	| { command: 'register'; email: string; password: string }
	| { command: 'tweet'; text: string }
	| { command: 'follow' | 'unfollow'; other: string };

/** The number of fields before the command's own: number, delay, timestamp, command, user. */
const COMMON_FIELDS = 5;

/**
 * Reads a log file: tab-separated, without quoting, one action per line.
 * @throws UsageError that names the first invalid line
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

/** Formats an action as a log line, without the line end. */
export function formatAction(action: Action): string {
	const { number, delay, timestamp, command, user } = action;
	return [number, delay, timestamp, command, user, ...ownFields(action)].join('\t');
}

function ownFields(operation: Operation): string[] {
	if (operation.command === 'register') return [operation.email, operation.password];
	return [operation.command === 'tweet' ? operation.text : operation.other];
}

/** Returns the action, or an error message. The last field may contain tabs, because nothing is quoted. */
function parseLine(line: string): Action | string {
	const fields = line.split('\t');
	const [number, delay, timestamp, command = '', user] = fields;
	if (user === undefined) return `${fields.length} fields, but at least six are required`;
	for (const [name, value] of Object.entries({ number, delay, timestamp })) {
		if (!/^\d{1,15}$/.test(value ?? '')) return `the ${name} is not a whole number`;
	}
	const operation = parseOperation(command, fields.slice(COMMON_FIELDS));
	if (typeof operation === 'string') return operation;
	return { number: Number(number), delay: Number(delay), timestamp: Number(timestamp), user, ...operation };
}

function parseOperation(command: string, fields: string[]): Operation | string {
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
			return `${JSON.stringify(command)} is not a command; the commands are register, tweet, follow and unfollow`;
	}
}
