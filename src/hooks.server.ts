import { type Handle, type HandleServerError, type RequestEvent, type ServerInit } from '@sveltejs/kit';
import { sequence } from '@sveltejs/kit/hooks';
import { dev } from '$app/environment';
import { ACCOUNT_HEADER } from '#lib/http/account-header.ts';
import { type Config, ConfigError, readConfig } from '#lib/server/config.ts';
import { DEVICE_COOKIE } from '#lib/server/accounts/known-devices.ts';
import { startDomain, startReplica, stopDomain } from '#lib/server/lifecycle.ts';
import { type Logger, createLogger, requestId } from '#lib/server/observability/log.ts';
import { startMaintenance } from '#lib/server/maintenance.ts';
import type { ObservedRequest } from '#lib/server/observability/observed-request.ts';
import { isSameOrigin } from '#lib/http/same-origin.server.ts';
import { checkDemoAccounts } from '#lib/server/accounts/published-passwords.ts';
import { shareNext } from '#lib/server/database/share-next.ts';
import { SESSION_COOKIE, type SignedIn, findSignedIn, sessionMaxAge } from '#lib/server/accounts/sessions.ts';
import { routeReads } from '#lib/http/route-reads.server.ts';
import { deleteCookie, findCookie, setCookie } from '#lib/http/cookies.server.ts';
import { startNewMessages } from '#lib/http/live-updates.server.ts';

let logger: Logger;

export const init: ServerInit = async () => {
	let config: Config;
	try {
		config = readConfig(process.env);
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		endWith(error.message);
	}
	logger = createLogger('minitwit-web', config.LOG_LEVEL);
	startDomain(config, logger);
	const fault = await checkDemoAccounts(config);
	if (fault) endWith(fault);
	startReplica(config, logger);
	startNewMessages(config.DATABASE_DIRECT_URL, (error) =>
		logger.warn({ err: error }, 'New messages could not be listened for')
	);
	startMaintenance(logger);
	// The server waits for it before the process ends.
	process.on('sveltekit:shutdown', () => stopDomain());
};

function endWith(sentence: string): never {
	process.stderr.write(`${sentence}\n`);
	process.exit(1);
}

/** Outermost: tells the HTTP server, which logs and counts every request, what only the app knows of this one. */
const observe: Handle = async ({ event, resolve }) => {
	const observed = event.platform?.req.observed ?? observeInDevelopment(event);
	event.locals = { requestId: observed.id, address: observed.address, user: null };
	observed.route = event.route.id ?? 'unmatched';
	let response: Response;
	try {
		response = await resolve(event);
	} finally {
		observed.user = event.locals.user?.name ?? null;
	}
	if (dev || response.headers.get('content-type') === 'text/event-stream') observed.record(response.status);
	return response;
};

/** Vite's server observes nothing: a short line and one address for all are enough there. */
function observeInDevelopment(event: RequestEvent): ObservedRequest {
	const record = (status: number) => logger.info(`${event.request.method} ${event.url.pathname} ${status}`);
	return { id: requestId(null), address: '127.0.0.1', user: null, route: null, record };
}

const refuseOtherSites: Handle = async ({ event, resolve }) => {
	if (isSameOrigin(event.request, event.url.origin)) return resolve(event);
	return refuse(403, 'This came from another site and was refused. Open MiniTwit itself and try again.');
};

function refuse(status: number, sentence: string): Response {
	return new Response(`${sentence}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}

/** The name that SvelteKit gives to an action without one cannot be asked for; it takes that for a mistake of ours. */
const refuseReservedAction: Handle = async ({ event, resolve }) => {
	return event.url.searchParams.has('/default') ? refuse(404, 'There is no such action.') : resolve(event);
};

const signIn: Handle = async ({ event, resolve }) => {
	const id = findCookie(event, SESSION_COOKIE);
	if (id === null) return withAccount(await resolve(event), null);
	const session = await findSignedIn(id);
	if (session?.renewed) setCookie(event, SESSION_COOKIE, id, sessionMaxAge());
	if (!session) deleteCookie(event, SESSION_COOKIE);
	event.locals.user = session?.user ?? null;
	const response = await resolve(event);
	// A page that names its reader is nobody else's, not even the next person's at this device.
	response.headers.set('cache-control', 'private, no-store');
	return withAccount(response, event.locals.user);
};

/** Tells the service worker whose page this is: it keeps the pages of each account apart. */
function withAccount(response: Response, user: SignedIn | null): Response {
	response.headers.set(ACCOUNT_HEADER, user ? String(user.id) : 'none');
	// After a log-in, Back must not show a visitor's page from the browser's cache.
	response.headers.append('vary', 'cookie');
	return response;
}

const NO_PAGE_OF_ITS_OWN = new RegExp(`^((__Host-)?${DEVICE_COOKIE}=[^;]*)?$`);

/**
 * Visitors without a cookie all get the same page (the cookie of a known device is read at log-ins alone),
 * so those who ask for it while it is being rendered share the next rendering. Nobody sees a state from
 * before their request (of the replica, where there is one), and a page that everybody opens at once costs
 * what one costs.
 */
const shareRendering: Handle = async ({ event, resolve }) => {
	const { request, url, isDataRequest } = event;
	const hasOwnPage = !NO_PAGE_OF_ITS_OWN.test(request.headers.get('cookie') ?? '');
	if (request.method !== 'GET' || isDataRequest || hasOwnPage || url.pathname !== '/public') return resolve(event);
	const { status, headers, body } = await shareNext(url.href, async () => {
		const response = await resolve(event);
		return { status: response.status, headers: [...response.headers], body: await response.arrayBuffer() };
	});
	return new Response(body, { status, headers });
};

export const handle: Handle = sequence(
	observe,
	refuseOtherSites,
	refuseReservedAction,
	routeReads,
	signIn,
	shareRendering
);

export const handleError: HandleServerError = ({ error, event, status }) => {
	const id = event.locals.requestId;
	if (status < 500) return { message: status === 404 ? 'Page not found' : 'This request cannot be understood', id };
	const observed = event.platform?.req.observed;
	if (observed) observed.error = error;
	else logger.error({ err: error }, `${event.request.method} ${event.url.pathname} ${status}`);
	return { message: 'Something went wrong on our side', id };
};
