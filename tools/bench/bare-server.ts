import { createServer } from 'node:http';

/* A bare node:http server: the baseline of the benchmark. */

const LENGTH = 10_240;
const body = JSON.stringify({ text: 'x'.repeat(LENGTH - '{"text":""}'.length) });
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };

const server = createServer((_request, response) => response.writeHead(200, headers).end(body));
server.listen(Number(process.env.PORT), process.env.HOST);
process.on('SIGTERM', () => server.close(() => process.exit()).closeAllConnections());
