/* Stands in for json-exporter: fetches the address in the query and answers with the metrics that the rules read. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

readFileSync(process.argv.find((argument) => argument.startsWith('--config.file=')).slice('--config.file='.length));
createServer(async ({ url }, response) => {
	const { pathname, searchParams } = new URL(url, 'http://exporter');
	if (pathname === '/metrics') return response.end('json_exporter_up 1\n');
	const answer = await fetch(searchParams.get('target'), { signal: AbortSignal.timeout(5_000) }).catch(() => null);
	if (!answer?.ok) return response.writeHead(503).end();
	const { output, pipeline } = (await answer.json()).libbeat;
	response.setHeader('content-type', 'text/plain; version=0.0.4');
	response.end(
		`filebeat_events_acked_total ${output.events.acked}\n` +
			`filebeat_events_dropped_total ${output.events.dropped}\n` +
			`filebeat_events_active ${pipeline.events.active}\n`
	);
}).listen(7979);
process.on('SIGTERM', () => process.exit(0));
