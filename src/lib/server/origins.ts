const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Whether a request may change something: its Origin header has to name our origin, its scheme included. Browsers set
 * the header and a page of another site cannot forge it, whatever the content type.
 */
export function isSameOrigin(request: Request, ownOrigin: string): boolean {
	if (SAFE_METHODS.includes(request.method)) return true;
	return request.headers.get('origin') === ownOrigin;
}

/**
 * Where to go after logging in: a path of this site, or `/` for anything else, so that a link to the
 * log-in page cannot lead away from it.
 */
export function localPath(next: string | null, ownOrigin: string): string {
	if (!next?.startsWith('/') || !URL.canParse(next, ownOrigin)) return '/';
	const url = new URL(next, ownOrigin);
	if (url.origin !== new URL(ownOrigin).origin) return '/';
	const path = url.pathname + url.search + url.hash;
	return path.startsWith('//') ? '/' : path;
}
