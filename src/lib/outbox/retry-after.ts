/** A server that asks for more than this may have a wrong clock, or mean another unit. */
export const LONGEST_RETRY_AFTER_MS = 3 * 3600_000;

const DELAY_SECONDS = /^\d+$/;
const TIME = String.raw`\d{2}:\d{2}:\d{2}`;
/** The three forms of RFC 9110, section 5.6.7. `Date.parse` alone would take nearly anything, such as `0.5`. */
const HTTP_DATE = new RegExp(
	[
		String.raw`^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} ${TIME} GMT$`,
		String.raw`^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} ${TIME} GMT$`,
		String.raw`^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d ${TIME} \d{4}$`
	].join('|')
);

/**
 * How long a `Retry-After` header asks to wait, in milliseconds, at most `LONGEST_RETRY_AFTER_MS`:
 * a number of seconds, or a date (RFC 9110, section 10.2.3). Null for none and for what is neither.
 * A date is compared with the answer's own `Date`, or with `now` when it has none, because the two
 * clocks may differ.
 */
export function readRetryAfter(headers: Headers, now: number): number | null {
	const value = headers.get('retry-after') ?? '';
	const date = parseHttpDate(value);
	const wait = DELAY_SECONDS.test(value)
		? Number(value) * 1000
		: date - (parseHttpDate(headers.get('date') ?? '') || now);
	return Number.isNaN(wait) ? null : Math.min(Math.max(wait, 0), LONGEST_RETRY_AFTER_MS);
}

/** NaN for what is no date. */
function parseHttpDate(value: string): number {
	if (!HTTP_DATE.test(value)) return NaN;
	return Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
}
