import { Histogram, register } from 'prom-client';

/*
 * The HTTP server measures requests, and the application serves `/metrics`, which in the web app's build has
 * its own copy of the modules. Both share prom-client and its default registry.
 */

const NAME = 'http_request_duration_seconds';

/** In seconds. 0.05 and 0.3 are the service level objectives and have buckets on both sides. */
const LATENCY_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.3, 0.4, 0.6, 1, 2.5, 5, 10];

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

const LABELS = ['route', 'method', 'status'] as const;

// Vite re-evaluates a changed module, and a metric name can be registered only once.
const requestDuration =
	(register.getSingleMetric(NAME) as Histogram<(typeof LABELS)[number]> | undefined) ??
	new Histogram({
		name: NAME,
		help: 'Time from the start of a request to the end of its response, by route, method and status',
		labelNames: LABELS,
		buckets: LATENCY_BUCKETS
	});

/**
 * Records a finished request. `route` is the route's pattern, never the path, and unknown methods count as
 * OTHER, so that a client cannot create time series.
 */
export function observeRequest(route: string, method: string, status: number, seconds: number): void {
	requestDuration.observe({ route, method: METHODS.has(method) ? method : 'OTHER', status }, seconds);
}
