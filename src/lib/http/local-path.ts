/** Stands for whichever site the path is of. */
const ANY_ORIGIN = 'https://local.invalid';

/**
 * What URL ignores, or takes for a slash: with them an address that looks like a path leads to another site.
 * @see https://url.spec.whatwg.org/#concept-basic-url-parser
 */
const MISREAD = /[\p{Cc}\\]/u;

/**
 * The path, with its query and fragment, that an address out of a request names; `/` for anything that is not
 * a path of this site. Every address that a client can choose goes through here before somebody is sent to it.
 */
export function localPath(address: string | null): string {
	if (!address?.startsWith('/') || MISREAD.test(address) || !URL.canParse(address, ANY_ORIGIN)) return '/';
	const { origin, pathname, search, hash } = new URL(address, ANY_ORIGIN);
	// `/.//x` is a path; once the dots are gone it would be a host.
	return origin === ANY_ORIGIN && !pathname.startsWith('//') ? pathname + search + hash : '/';
}
