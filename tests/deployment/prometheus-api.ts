/** A point of a series: seconds, and a number as text. */
type Sample = [number, string];

/** A series of a response: several points for a range query, one for an instant query. */
export interface Series {
	metric: Record<string, string>;
	values?: Sample[];
	value?: Sample;
}

/** Queries the HTTP API of Prometheus. Throws its error message if it refuses. */
export async function askPrometheus<Data>(
	origin: string,
	path: string,
	parameters: Record<string, string> = {}
): Promise<Data> {
	const reply = await fetch(`${origin}/api/v1/${path}?${new URLSearchParams(parameters)}`);
	const body = (await reply.json()) as { status: string; error?: string; data: Data };
	if (body.status !== 'success') throw new Error(`${parameters.query ?? path}: ${body.error}`);
	return body.data;
}

/** Evaluates an expression now. */
export async function evaluate(origin: string, query: string): Promise<Series[]> {
	return (await askPrometheus<{ result: Series[] }>(origin, 'query', { query })).result;
}

/** Evaluates an expression for every second of the last minute, as a graph does. */
export async function evaluateRange(origin: string, query: string): Promise<Series[]> {
	const end = Date.now() / 1000;
	const range = { start: String(end - 60), end: String(end), step: '1' };
	return (await askPrometheus<{ result: Series[] }>(origin, 'query_range', { query, ...range })).result;
}

/** Whether a series contains a number. NaN, the result of 0 / 0, is none. */
export function hasData(series: Series[]): boolean {
	const samples = series.flatMap(({ value, values }) => values ?? (value ? [value] : []));
	return samples.some(([, number]) => Number.isFinite(Number(number)));
}

/** Keywords of PromQL. */
const WORDS = new Set(
	'and or unless on ignoring by without group_left group_right bool offset inf nan sum min max avg count topk'.split(
		' '
	)
);

/**
 * The metrics that an expression names. Prometheus 2 cannot list them, so labels, durations and strings are removed; any
 * remaining name that is neither a keyword nor a function call is a metric.
 */
export function metricsOf(expression: string): string[] {
	const bare = expression
		.replace(/"[^"]*"/g, '')
		.replace(/\{[^}]*\}/g, ' ')
		.replace(/\[[^\]]*\]/g, ' ')
		.replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
	const names = [...bare.matchAll(/(?<![\w:.])[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])/g)].map(([name]) => name);
	return [...new Set(names)].filter((name) => !WORDS.has(name));
}
