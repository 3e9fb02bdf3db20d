const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Whether a request may change state: its Origin header must equal our origin, scheme included. Browsers always
 * send the header with such requests and pages of other sites cannot forge it, whatever the content type.
 */
export function isSameOrigin(request: Request, ownOrigin: string): boolean {
	if (SAFE_METHODS.includes(request.method)) return true;
	return request.headers.get('origin') === ownOrigin;
}
