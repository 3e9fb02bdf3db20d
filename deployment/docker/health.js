/*
 * HEALTHCHECK of the images: `node health.js KEY`, where KEY is the variable that holds the server's port. A server is
 * healthy from when it was ready for the first time, and afterwards as long as it lives. So nothing is sent to a new
 * replica before the schema is current, and a database that is away for a while costs no replica.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const WAS_READY = join(tmpdir(), 'minitwit-was-ready');
const TIMEOUT_MS = 2_500;

const port = process.env[process.argv[2]];
const path = existsSync(WAS_READY) ? '/healthz' : '/readyz';

const request = get({ host: '127.0.0.1', port, path, timeout: TIMEOUT_MS }, ({ statusCode }) => {
	if (statusCode !== 200) end(`${path} answers ${statusCode}`);
	writeFileSync(WAS_READY, '');
	process.exit(0);
});
request.once('timeout', () => end(`${path} does not answer`));
request.once('error', (error) => end(error.message));

/** What is said here is kept by Docker, and shown by docker inspect. */
function end(sentence) {
	process.stderr.write(`${sentence}\n`);
	process.exit(1);
}
