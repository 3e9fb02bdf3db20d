import type { IncomingMessage, ServerResponse } from 'node:http';
import { clientAddress } from '#lib/server/listening/client-address.ts';
import type { Config } from '#lib/server/config.ts';
import { pathOf } from '#lib/server/listening/own-host.ts';
import { observeRequest } from '#lib/server/observability/http-metrics.ts';
import { type Logger, logRequest, preciseNow, requestId } from '#lib/server/observability/log.ts';
import { finalStatus } from '#lib/server/listening/malformed-http.ts';
import type { ObservedRequest } from '#lib/server/observability/observed-request.ts';
import { redactHeaders, redactPath, redactQuery } from '#lib/server/observability/redaction.ts';
import { describeBody } from './kept-body.ts';

/** Logs and counts every request once, at the end of its response, whichever component writes that. */
export function observe(
	request: IncomingMessage,
	response: ServerResponse,
	config: Config,
	logger: Logger
): ObservedRequest {
	const startedAt = preciseNow();
	let isRecorded = false;
	const observed: ObservedRequest = {
		id: requestId(request.headers['x-request-id']?.toString()),
		address: clientAddress(
			request.socket.remoteAddress,
			request.headers['x-forwarded-for']?.toString(),
			config.TRUSTED_PROXIES
		),
		user: null,
		route: null,
		record(status) {
			if (isRecorded) return;
			isRecorded = true;
			void record(request, observed, status, startedAt, logger);
		},
		askAgainAfter(seconds) {
			response.setHeader('retry-after', String(seconds));
		}
	};
	request.observed = observed;
	response.setHeader('x-request-id', observed.id);
	response.once('close', () => observed.record(finalStatus(response)));
	return observed;
}

async function record(
	request: IncomingMessage,
	observed: ObservedRequest,
	status: number,
	startedAt: number,
	logger: Logger
): Promise<void> {
	const { method = '', url = '/', headers } = request;
	const isFile = observed.route === null && [200, 206, 304].includes(status);
	const route = observed.route ?? (isFile ? 'file' : 'unmatched');
	const path = pathOf(url);
	const described = {
		path: redactPath(path),
		query: redactQuery(url.slice(path.length)),
		headers: redactHeaders((name) => headers[name]?.toString()),
		body: await describeBody(request, status)
	};
	// The time to describe a request counts as part of the request.
	const seconds = (preciseNow() - startedAt) / 1000;
	observeRequest(route, method, status, seconds);
	// A page loads dozens of files, which add nothing to the page's own log line.
	if (isFile && !logger.isLevelEnabled('debug')) return;
	const { id, address, user, error } = observed;
	logRequest(logger, { ...described, id, address, user, method, route, status, startedAt, seconds, error });
}
