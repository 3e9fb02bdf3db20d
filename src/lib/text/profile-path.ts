import { casefold } from './casefold.ts';

/*
 * The names whose address is taken by another page, and where a user with such a name is found instead.
 * `tests/e2e/reserved-names.spec.ts` compares this list with the responses of a running server.
 */

/** Names that can't be registered on the web. @public (the test above checks each) */
export const RESERVED_NAMES = {
	/** Pages, and files with their compressed versions. */
	taken: [
		'about',
		'add_message',
		'events',
		'forgot',
		'healthz',
		'icon.svg',
		'icon.svg.br',
		'icon.svg.gz',
		'login',
		'logout',
		'manifest.webmanifest',
		'metrics',
		'moderation',
		'offline',
		'outbox',
		'people',
		'public',
		'readyz',
		'register',
		'reset',
		'service-worker.js',
		'service-worker.js.br',
		'service-worker.js.gz',
		'settings'
	],
	/** Paths that browsers and robots request by default, future pages, and the prefix of other user addresses. */
	keptFree: ['.well-known', 'apple-touch-icon.png', 'docs', 'favicon.ico', 'robots.txt', 'search', 'u']
};

const RESERVED = new Set([...RESERVED_NAMES.taken, ...RESERVED_NAMES.keptFree]);
/** SvelteKit responds to addresses with this prefix with a file of the build, or with 404. */
const KIT_PREFIX = /^_app/;
/** SvelteKit responds to addresses with this suffix with the data or the route of a page. */
const KIT_SUFFIX = /(^|\.html)__data\.json$|^__route\.js$/;

/** Returns whether a name, ignoring case and compatibility form, conflicts with the address of another page. */
export function isReservedName(name: string): boolean {
	const key = casefold(name);
	return RESERVED.has(key) || KIT_PREFIX.test(key) || KIT_SUFFIX.test(key);
}

/** Returns the path of a user's timeline. Imported users may have a reserved name, or one with a slash. */
export function profilePath(name: string): string {
	const part = encodeURIComponent(name);
	if (!isReservedName(name) && !name.includes('/')) return `/${part}`;
	// SvelteKit checks for its suffixes before it decodes the address.
	return `/u/${KIT_SUFFIX.test(name) ? part.replaceAll('_', '%5F') : part}`;
}
