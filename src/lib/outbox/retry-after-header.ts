/** A longer wait suggests a wrong clock or a wrong unit. */
export const MAX_RETRY_AFTER_MS = 3 * 3600_000;

const DELAY_SECONDS = /^\d+$/;
const TIME = String.raw`\d{2}:\d{2}:\d{2}`;
/** The three date formats of RFC 9110, section 5.6.7. `Date.parse` alone accepts nearly anything, such as `0.5`. */
const HTTP_DATE = new RegExp(
	[
		String.raw`^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} ${TIME} GMT$`,
		String.raw`^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} ${TIME} GMT$`,
		String.raw`^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d ${TIME} \d{4}$`
	].join('|')
);

/**
 * Returns how long a `Retry-After` header asks to wait, in milliseconds, at most `MAX_RETRY_AFTER_MS`; null
 * if the header is missing or is neither a number of seconds nor a date (RFC 9110, section 10.2.3). A date
 * is compared with the response's own `Date`, or with `now` if it has none, because the clocks may differ.
 */
export function readRetryAfter(headers: Headers, now: number): number | null {
	const value = headers.get('retry-after') ?? '';
	const date = parseHttpDate(value);
	const wait = DELAY_SECONDS.test(value)
		? Number(value) * 1000
		: date - (parseHttpDate(headers.get('date') ?? '') || now);
	return Number.isNaN(wait) ? null : Math.min(Math.max(wait, 0), MAX_RETRY_AFTER_MS);
}

/** Returns milliseconds since 1970, NaN if the value isn't a date. */
function parseHttpDate(value: string): number {
	if (!HTTP_DATE.test(value)) return NaN;
	return Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
}
