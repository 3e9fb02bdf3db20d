const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Whether a request may change something: its Origin header has to name the host that it was sent
 * to. Browsers set both and a page of another site can forge neither, whatever the content type.
 */
export function isSameOrigin(request: Request, ownOrigin: string): boolean {
	if (SAFE_METHODS.includes(request.method)) return true;
	const origin = request.headers.get('origin');
	if (!origin || !URL.canParse(origin)) return false;
	return origin === ownOrigin || new URL(origin).host === request.headers.get('host');
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
