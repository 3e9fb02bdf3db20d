import { strictTransport } from '#lib/server/listening/own-host.ts';

/** The only style of a response without a policy of its own: that of src/error.html (tests/server/error-page.test.ts). */
const ERROR_PAGE_STYLE = "'sha256-DGIaAJqmz1hlxfZ9cPpqmHQ5MUQGJArjAcqoTWw/wds='";

/** The policy for everything but pages, for which SvelteKit sends its own policy with a nonce. */
const FILE_POLICY = `default-src 'none'; style-src ${ERROR_PAGE_STYLE}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A service worker is bound by the policy of its own script, and it fetches everything that its pages load. */
const WORKER_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'";

const SECURITY_HEADERS = {
	'x-content-type-options': 'nosniff',
	'x-frame-options': 'DENY',
	'referrer-policy': 'same-origin',
	'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-resource-policy': 'same-origin'
};

/** Returns the headers of every response to a path. A page's own policy replaces this one. */
export function securityHeaders(path: string, origin: string | undefined): Record<string, string> {
	const transport = strictTransport(origin);
	return {
		...SECURITY_HEADERS,
		'content-security-policy': path === '/service-worker.js' ? WORKER_POLICY : FILE_POLICY,
		...(transport ? { 'strict-transport-security': transport } : {})
	};
}
