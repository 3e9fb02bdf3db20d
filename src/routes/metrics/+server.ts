import { METRICS_TYPE, readMetrics } from '#lib/server/observability/metrics.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = async () =>
	new Response(await readMetrics(), { headers: { 'content-type': METRICS_TYPE } });
