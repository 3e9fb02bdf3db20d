import { createServer } from 'node:http';

/* What node:http does with nothing behind it: the baseline of the bench. */

const LENGTH = 10_240;
const body = JSON.stringify({ text: 'x'.repeat(LENGTH - '{"text":""}'.length) });
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };

const server = createServer((_request, response) => response.writeHead(200, headers).end(body));
server.listen(Number(process.env.PORT), process.env.HOST);
process.on('SIGTERM', () => server.close(() => process.exit()).closeAllConnections());
