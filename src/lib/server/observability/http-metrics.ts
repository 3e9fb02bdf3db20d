import { Histogram, register } from 'prom-client';

/*
 * Requests are measured by the HTTP server and `/metrics` is answered by the application, which in the web app's build
 * has modules of its own. Both share prom-client, and with it the default registry.
 */

const NAME = 'http_request_duration_seconds';

/** Seconds. 0.05 and 0.3 are the service's targets and have neighbours on both sides. */
const LATENCY_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.3, 0.4, 0.6, 1, 2.5, 5, 10];

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

const LABELS = ['route', 'method', 'status'] as const;

// Vite evaluates a changed module again, and a name can be registered once.
const requestDuration =
	(register.getSingleMetric(NAME) as Histogram<(typeof LABELS)[number]> | undefined) ??
	new Histogram({
		name: NAME,
		help: 'Time from the start of a request to the end of its answer, by route, method and status',
		labelNames: LABELS,
		buckets: LATENCY_BUCKETS
	});

/**
 * Counts a finished request. The route is its pattern, never its path, and a method that no route has counts as OTHER,
 * so that a client cannot create series.
 */
export function observeRequest(route: string, method: string, status: number, seconds: number): void {
	requestDuration.observe({ route, method: METHODS.has(method) ? method : 'OTHER', status }, seconds);
}
