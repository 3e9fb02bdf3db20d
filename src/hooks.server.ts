import { type Handle, type HandleServerError, type RequestEvent, type ServerInit } from '@sveltejs/kit';
import { sequence } from '@sveltejs/kit/hooks';
import { dev } from '$app/environment';
import { ACCOUNT_HEADER } from '#lib/http/account-header.ts';
import { type Config, ConfigError, readConfig } from '#lib/server/config.ts';
import { startDomain, startReplica, stopDomain } from '#lib/server/lifecycle.ts';
import { type Logger, createLogger, requestId } from '#lib/server/observability/log.ts';
import { redactPath } from '#lib/server/observability/redaction.ts';
import { startMaintenance } from '#lib/server/maintenance.ts';
import type { ObservedRequest } from '#lib/server/observability/observed-request.ts';
import { answerFailures, describeFailure } from '#lib/http/failures.server.ts';
import { isSameOrigin } from '#lib/http/same-origin.server.ts';
import { checkDemoAccounts } from '#lib/server/accounts/published-passwords.ts';
import { provideDirectAnswer } from '#lib/server/listening/direct-answers.ts';
import { SESSION_COOKIE, type SignedIn, findSignedIn, sessionMaxAge } from '#lib/server/accounts/sessions.ts';
import { startResetMails, stopResetMails } from '#lib/server/accounts/forgotten-password.ts';
import { guardSecretPages } from '#lib/http/secret-pages.server.ts';
import { routeReads } from '#lib/http/route-reads.server.ts';
import { deleteCookie, findCookie, setCookie } from '#lib/http/cookies.server.ts';
import { startNewMessages } from '#lib/http/live-updates.server.ts';
import { answerVisitor, keepVisitorPages } from '#lib/http/visitor-pages.server.ts';

let logger: Logger;

export const init: ServerInit = async () => {
	let config: Config;
	try {
		config = readConfig(process.env);
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		exitWith(error.message);
	}
	logger = createLogger('minitwit-web', config.LOG_LEVEL);
	startDomain(config, logger);
	const problem = await checkDemoAccounts(config);
	if (problem) exitWith(problem);
	startReplica(config, logger);
	startNewMessages(config.DATABASE_DIRECT_URL, (error) =>
		logger.warn({ err: error }, 'Listening for new messages failed')
	);
	startMaintenance(logger);
	startResetMails(config, logger);
	provideDirectAnswer(answerVisitor);
	// The server waits for this before the process exits.
	process.on('sveltekit:shutdown', () => stopResetMails().then(stopDomain));
};

function exitWith(sentence: string): never {
	process.stderr.write(`${sentence}\n`);
	process.exit(1);
}

/** The outermost hook: passes what only the app knows about a request to the HTTP server, which logs and counts it. */
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

/** Vite's development server does not observe requests; a short log line and one shared address suffice there. */
function observeInDevelopment(event: RequestEvent): ObservedRequest {
	const record = (status: number) => logger.info(`${event.request.method} ${redactPath(event.url.pathname)} ${status}`);
	const askAgainAfter = () => undefined;
	return { id: requestId(null), address: '127.0.0.1', user: null, route: null, record, askAgainAfter };
}

const refuseOtherSites: Handle = async ({ event, resolve }) => {
	if (isSameOrigin(event.request, event.url.origin)) return resolve(event);
	return refuse(403, 'This request came from another site. Open MiniTwit and try again.');
};

function refuse(status: number, sentence: string): Response {
	return new Response(`${sentence}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}

/** "default" is SvelteKit's internal name of the unnamed action; requesting it explicitly would cause a 500. */
const refuseReservedAction: Handle = async ({ event, resolve }) => {
	return event.url.searchParams.has('/default') ? refuse(404, 'Action not found.') : resolve(event);
};

const signIn: Handle = async ({ event, resolve }) => {
	const id = findCookie(event, SESSION_COOKIE);
	if (id === null) return withAccount(await resolve(event), null);
	const session = await findSignedIn(id);
	if (session?.renewed) setCookie(event, SESSION_COOKIE, id, sessionMaxAge());
	if (!session) deleteCookie(event, SESSION_COOKIE);
	event.locals.user = session?.user ?? null;
	const response = await resolve(event);
	// A page for a logged-in user must not be cached for anybody else, including the next person on the same device.
	response.headers.set('cache-control', 'private, no-store');
	return withAccount(response, event.locals.user);
};

/** Tells the service worker which account the page belongs to, because it stores pages per account. */
function withAccount(response: Response, user: SignedIn | null): Response {
	response.headers.set(ACCOUNT_HEADER, user ? String(user.id) : 'none');
	// After a log-in, Back must not show the anonymous page from the browser's cache.
	response.headers.append('vary', 'cookie');
	return response;
}

export const handle: Handle = sequence(
	observe,
	answerFailures,
	refuseOtherSites,
	refuseReservedAction,
	guardSecretPages,
	routeReads,
	keepVisitorPages,
	signIn
);

export const handleError: HandleServerError = ({ error, event, status }) => {
	const id = event.locals.requestId;
	if (status < 500) return { message: status === 404 ? 'Page not found' : "This request isn't valid", id };
	const observed = event.platform?.req.observed;
	if (observed) observed.error = error;
	else logger.error({ err: error }, `${event.request.method} ${redactPath(event.url.pathname)} ${status}`);
	event.locals.failure = describeFailure(error, id);
	return event.locals.failure.body;
};
