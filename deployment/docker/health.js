/*
 * HEALTHCHECK of the images: `node health.js KEY`, where KEY is the variable with the server's port. A server becomes
 * healthy when it is first ready and stays healthy as long as it is alive. A new replica therefore receives no requests
 * before the schema is current, and a temporary outage of the database restarts no replica.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const WAS_READY = join(tmpdir(), 'minitwit-was-ready');
/** Below the timeout of the HEALTHCHECK. A busy replica answers late; replacing it would make the others busier. */
const TIMEOUT_MS = 9_000;

const port = process.env[process.argv[2]];
const path = existsSync(WAS_READY) ? '/healthz' : '/readyz';

const request = get({ host: '127.0.0.1', port, path, timeout: TIMEOUT_MS }, ({ statusCode }) => {
	if (statusCode !== 200) end(`${path} answers ${statusCode}`);
	writeFileSync(WAS_READY, '');
	process.exit(0);
});
request.once('timeout', () => end(`${path} does not answer`));
request.once('error', (error) => end(error.message));

/** Docker stores this output, and docker inspect shows it. */
function end(sentence) {
	process.stderr.write(`${sentence}\n`);
	process.exit(1);
}
