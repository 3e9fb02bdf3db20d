import { resolve } from 'node:path';

/** An unusable option, file or address. The message is for the person at the terminal. */
export class UsageError extends Error {}

/*
 * Options with a text that is more than a text, for the definition of a command. `coerce` turns the text into the value.
 */

/** A whole number, with a default. */
export const numberOption = (name: string, describe: string, byDefault: number, least: number, most?: number) =>
	({
		describe,
		type: 'string',
		requiresArg: true,
		default: String(byDefault),
		coerce: (text: string) => readNumber(name, text, least, most)
	}) as const;

/** A whole number that may be missing. */
export const optionalNumber = (name: string, describe: string, least: number, most?: number) =>
	({
		describe,
		type: 'string',
		requiresArg: true,
		coerce: (text: string): number | undefined => readNumber(name, text, least, most)
	}) as const;

/** An address with http or https; it may be missing. */
export const urlOption = (name: string, describe: string) =>
	({
		describe,
		type: 'string',
		requiresArg: true,
		coerce: (text: string): URL | undefined => readUrl(name, text)
	}) as const;

/** A file; it may be missing. A relative path begins at the folder in which the command was given. */
export const fileOption = (describe: string) =>
	({
		describe,
		type: 'string',
		requiresArg: true,
		coerce: (path: string): string | undefined => resolve(path)
	}) as const;

/** The option --speed: a factor of the original speed; `Infinity` for no pauses. */
export const speedOption = {
	describe: 'original, a factor such as 2.5, or max',
	type: 'string',
	requiresArg: true,
	default: 'max',
	coerce: (text: string) => readSpeed(text)
} as const;

/** A duration with a default; its value is in milliseconds. */
export const durationOption = (name: string, describe: string, byDefault: string) =>
	({
		describe,
		type: 'string',
		requiresArg: true,
		default: byDefault,
		coerce: (text: string) => readTime(name, text)
	}) as const;

/** @throws UsageError */
export function readNumber(flag: string, text: string, least: number, most = 1_000_000_000): number {
	const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
	if (value >= least && value <= most) return value;
	throw new UsageError(`--${flag} must be a whole number from ${least} to ${most}, not ${JSON.stringify(text)}.`);
}

/** @throws UsageError */
export function readUrl(flag: string, text: string): URL {
	const url = URL.canParse(text) ? new URL(text) : null;
	if (url && /^https?:$/.test(url.protocol)) return url;
	throw new UsageError(`--${flag} must be an address such as http://127.0.0.1:5001, not ${JSON.stringify(text)}.`);
}

function readSpeed(text: string): number {
	if (text === 'max') return Infinity;
	if (text === 'original') return 1;
	if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
	throw new UsageError(`--speed must be original, max or a factor such as 2.5, not ${JSON.stringify(text)}.`);
}

function readTime(flag: string, text: string): number {
	const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text) ?? [];
	const milliseconds = Number(amount) * (unit === 's' ? 1_000 : 1);
	if (milliseconds >= 1 && milliseconds <= 3_600_000) return milliseconds;
	throw new UsageError(`--${flag} must be a time such as 300ms or 2s, not ${JSON.stringify(text)}.`);
}
