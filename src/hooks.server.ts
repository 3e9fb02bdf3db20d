import { type Handle, type HandleServerError, type RequestEvent, type ServerInit } from '@sveltejs/kit';
import { sequence } from '@sveltejs/kit/hooks';
import { ACCOUNT_HEADER } from '#lib/account-header.ts';
import { UNKNOWN_ADDRESS, clientAddress } from '#lib/server/addresses.ts';
import { readBodyForLog } from '#lib/server/body-for-log.ts';
import { type Config, ConfigError, readConfig } from '#lib/server/config.ts';
import { startDomain, startReplica, stopDomain } from '#lib/server/domain.ts';
import { drainOnQuit } from '#lib/server/draining.ts';
import { type Logger, createLogger, logRequest, preciseNow, requestId } from '#lib/server/log.ts';
import { startMaintenance } from '#lib/server/maintenance.ts';
import { observeRequest } from '#lib/server/metrics.ts';
import { isSameOrigin } from '#lib/server/origins.ts';
import { findDemoFault } from '#lib/server/public-passwords.ts';
import { redactHeaders, redactQuery } from '#lib/server/redaction.ts';
import { shareNext } from '#lib/server/shared-reads.ts';
import { SESSION_COOKIE, type SignedIn, findSignedIn, sessionMaxAge } from '#lib/server/sessions.ts';
import { chooseSource } from '#lib/edge/choose-source.server.ts';
import { deleteCookie, findCookie, setCookie } from '#lib/edge/cookies.server.ts';
import { startNewMessages } from '#lib/edge/new-messages.server.ts';

const SECURITY_HEADERS = {
	'x-content-type-options': 'nosniff',
	'x-frame-options': 'DENY',
	'referrer-policy': 'same-origin',
	'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-resource-policy': 'same-origin'
};

/** The status, as nginx writes it, of a request whose client left before the answer. */
const CLIENT_CLOSED_REQUEST = 499;

let config: Config;
let logger: Logger;

export const init: ServerInit = async () => {
	try {
		config = readConfig(process.env);
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		endWith(error.message);
	}
	logger = createLogger('minitwit-web', config.LOG_LEVEL);
	startDomain(config, logger);
	const fault = await findDemoFault(config);
	if (fault) endWith(fault);
	startReplica(config, logger);
	startNewMessages(config.DATABASE_DIRECT_URL, (error) =>
		logger.warn({ err: error }, 'New messages could not be listened for')
	);
	startMaintenance(logger);
	drainOnQuit(config.DRAIN_SECONDS, logger);
	// The server waits for idle connections otherwise.
	process.on('sveltekit:shutdown', () => void stopDomain());
};

function endWith(sentence: string): never {
	process.stderr.write(`${sentence}\n`);
	process.exit(1);
}

/** Outermost: what every request leaves behind, however it ends. */
const observe: Handle = async ({ event, resolve }) => {
	const started = performance.now();
	const startedAt = preciseNow();
	const { request } = event;
	const id = requestId(request.headers.get('x-request-id'));
	event.locals = { requestId: id, address: findAddress(event), user: null };
	const copy = request.body ? request.clone() : null;
	// Without an address the client has left: no limit could count what it asks for.
	const hasLeft = event.locals.address === UNKNOWN_ADDRESS;
	const response = hasLeft ? new Response(null, { status: CLIENT_CLOSED_REQUEST }) : await resolve(event);
	response.headers.set('x-request-id', id);
	for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value);

	const route = event.route.id ?? 'unmatched';
	// As it was sent: event.url hides whether a page or its data were asked for, which are answered differently.
	const { pathname: path, search } = new URL(request.url);
	const described = {
		query: redactQuery(search),
		headers: redactHeaders((name) => request.headers.get(name)),
		body: copy ? await readBodyForLog(copy, response.status) : undefined
	};
	const seconds = (performance.now() - started) / 1000;
	observeRequest(route, request.method, response.status, seconds);
	logRequest(logger, {
		...described,
		id,
		address: event.locals.address,
		user: event.locals.user?.name ?? null,
		method: request.method,
		route,
		path,
		status: response.status,
		startedAt,
		seconds,
		error: event.locals.error
	});
	return response;
};

const refuseOtherSites: Handle = async ({ event, resolve }) => {
	if (isSameOrigin(event.request, event.url.origin)) return resolve(event);
	return new Response('This came from another site and was refused. Open MiniTwit itself and try again.\n', {
		status: 403,
		headers: { 'content-type': 'text/plain; charset=utf-8' }
	});
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
	return response;
}

/**
 * Visitors without a cookie all get the same page, so those who ask for it while it is being drawn
 * share the next drawing of it. Nobody sees a state from before their request (of the replica, where
 * there is one), and a page that everybody opens at once costs what one costs.
 */
const shareDrawing: Handle = async ({ event, resolve }) => {
	const { request, url, isDataRequest } = event;
	if (request.method !== 'GET' || isDataRequest || request.headers.has('cookie') || url.pathname !== '/public')
		return resolve(event);
	const { status, headers, body } = await shareNext(url.href, async () => {
		const response = await resolve(event);
		return { status: response.status, headers: [...response.headers], body: await response.arrayBuffer() };
	});
	return new Response(body, { status, headers });
};

export const handle: Handle = sequence(observe, refuseOtherSites, chooseSource, signIn, shareDrawing);

export const handleError: HandleServerError = ({ error, event, status }) => {
	const id = event.locals.requestId;
	if (status < 500)
		return { message: status === 404 ? 'There is no such page' : 'This request cannot be understood', id };
	event.locals.error = error;
	return { message: 'Something went wrong on our side', id };
};

function findAddress(event: RequestEvent): string {
	// getClientAddress() serves development only: behind a proxy it throws on a request without its header.
	const socketAddress = event.platform?.req.socket.remoteAddress ?? event.getClientAddress();
	return clientAddress(socketAddress, event.request.headers.get('x-forwarded-for'), config.TRUSTED_PROXIES);
}
