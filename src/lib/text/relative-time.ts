const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/*
 * By hand, because Intl took a twentieth of the time of a page; and in UTC, so that the server and
 * every browser write the same.
 */

/** How long before `now` (ms since 1970), as a person says it: "now", "5 min ago", a date after a week. */
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

function countDays(days: number): string {
	return days === 1 ? '1 day' : `${days} days`;
}

/** The exact time, such as "15 Nov 2026, 18:04:09 UTC". */
export function formatExactTime(time: Date): string {
	const clock = time.toISOString().slice(11, 19);
	return `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]} ${time.getUTCFullYear()}, ${clock} UTC`;
}
