import type { Handle } from '@sveltejs/kit';

/** Pages whose address is a secret: whoever has it can use it. The log redacts these addresses: redaction.ts. */
const SECRET_ROUTES = new Set<string | null>(['/reset/[token]']);

/**
 * Keeps the address of a secret page from other sites and from logs of referrers, and the page from caches. The policy
 * is not `no-referrer`, under which browsers would send the page's form without its origin.
 */
export const guardSecretPages: Handle = async ({ event, resolve }) => {
	const response = await resolve(event);
	if (!SECRET_ROUTES.has(event.route.id)) return response;
	response.headers.set('cache-control', 'private, no-store');
	response.headers.set('referrer-policy', 'strict-origin');
	return response;
};
