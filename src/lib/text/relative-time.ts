const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/*
 * Times are formatted without Intl, which took a twentieth of a page's rendering time, and in UTC, so that
 * the server and every browser show the same.
 */

/** Returns how long before `now` (milliseconds since 1970) a time was: "now", "5 min ago", after a week its date. */
export function formatRelativeTime(time: Date, now: number): string {
	const seconds = Math.floor((now - time.getTime()) / 1000);
	if (seconds < MINUTE) return 'now';
	if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`;
	if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h ago`;
	if (seconds < WEEK) return `${countDays(Math.floor(seconds / DAY))} ago`;
	const year = time.getUTCFullYear();
	const day = `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]}`;
	return year === new Date(now).getUTCFullYear() ? day : `${day} ${year}`;
}

/** Returns when (milliseconds since 1970) the relative time that `formatRelativeTime` returns at `now` changes. */
export function nextChangeOfRelativeTime(time: Date, now: number): number {
	const seconds = Math.max(0, Math.floor((now - time.getTime()) / 1000));
	if (seconds >= WEEK) return Date.UTC(new Date(now).getUTCFullYear() + 1, 0);
	const unit = seconds < HOUR ? MINUTE : seconds < DAY ? HOUR : DAY;
	return time.getTime() + (Math.floor(seconds / unit) + 1) * unit * 1000;
}

function countDays(days: number): string {
	return days === 1 ? '1 day' : `${days} days`;
}

/** Returns the exact time, such as "15 Nov 2026, 18:04:09 UTC". */
export function formatExactTime(time: Date): string {
	const clock = time.toISOString().slice(11, 19);
	return `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]} ${time.getUTCFullYear()}, ${clock} UTC`;
}

let localFormat: Intl.DateTimeFormat | null = null;

/** Returns the exact time in the reader's time zone, such as "15 Nov 2026, 19:04:09". */
export function formatLocalTime(time: Date): string {
	// Creating a format is expensive.
	localFormat ??= new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
	return localFormat.format(time);
}
