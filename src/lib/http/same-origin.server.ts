const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Whether a request may change something: its Origin header has to name our origin, its scheme included. Browsers set
 * the header and a page of another site cannot forge it, whatever the content type.
 */
export function isSameOrigin(request: Request, ownOrigin: string): boolean {
	if (SAFE_METHODS.includes(request.method)) return true;
	return request.headers.get('origin') === ownOrigin;
}
