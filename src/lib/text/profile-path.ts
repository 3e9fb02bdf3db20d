import { lookOf } from './casefold.ts';

/*
 * Which first parts of addresses are not free for a person's timeline, and where that timeline is instead.
 * `tests/e2e/reserved-names.spec.ts` compares this with what the running server really answers.
 */

/** Names that nobody can register on the web. @public (the test above goes through them) */
export const RESERVED_NAMES = {
	/** Pages, and files with their compressed twins. */
	taken: [
		'add_message',
		'events',
		'healthz',
		'icon.svg',
		'icon.svg.br',
		'icon.svg.gz',
		'login',
		'logout',
		'manifest.webmanifest',
		'metrics',
		'offline',
		'outbox',
		'public',
		'readyz',
		'register',
		'service-worker.js',
		'service-worker.js.br',
		'service-worker.js.gz'
	],
	/** Asked for by browsers and robots on their own, pages that may come, and the prefix of other addresses of people. */
	keptFree: ['.well-known', 'apple-touch-icon.png', 'docs', 'favicon.ico', 'robots.txt', 'search', 'settings', 'u']
};

const RESERVED = new Set([...RESERVED_NAMES.taken, ...RESERVED_NAMES.keptFree]);
/** SvelteKit answers each address that begins like this with a file of the build, or with 404. */
const KIT_PREFIX = /^_app/;
/** SvelteKit answers an address that ends in this with the data or the route of a page. */
const KIT_SUFFIX = /(^|\.html)__data\.json$|^__route\.js$/;

/** Whether a person of this name, or of one that looks like it, would stand in the way of a page, or a page in theirs. */
export function isReservedName(name: string): boolean {
	const look = lookOf(name);
	return RESERVED.has(look) || KIT_PREFIX.test(look) || KIT_SUFFIX.test(look);
}

/** The address of a person's timeline. Somebody imported may have a reserved name, or one with a slash. */
export function profilePath(name: string): string {
	const part = encodeURIComponent(name);
	if (!isReservedName(name) && !name.includes('/')) return `/${part}`;
	// SvelteKit looks for its suffixes before it decodes the address.
	return `/u/${KIT_SUFFIX.test(name) ? part.replaceAll('_', '%5F') : part}`;
}
