import { lookOf } from './name-look.ts';

/** First parts of addresses that are pages or files of ours. Nobody can register one as a name on the web. */
const RESERVED_NAMES = new Set([
	'_app',
	'add_message',
	'apple-touch-icon.png',
	'docs',
	'events',
	'favicon.ico',
	'healthz',
	'icon.svg',
	'icons',
	'login',
	'logout',
	'manifest.webmanifest',
	'metrics',
	'offline',
	'outbox',
	'public',
	'readyz',
	'register',
	'robots.txt',
	'screenshots',
	'search',
	'service-worker.js',
	'settings',
	'u'
]);

/** Whether a person of this name would stand in the way of a page, or a page in theirs. */
export function isReservedName(name: string): boolean {
	return RESERVED_NAMES.has(lookOf(name));
}

/** The address of a person's timeline. */
export function profilePath(name: string): string {
	const taken = isReservedName(name) || name.includes('/');
	return `${taken ? '/u' : ''}/${encodeURIComponent(name)}`;
}
