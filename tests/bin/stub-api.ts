import { type RequestListener, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Target } from '../../bin/simulator/client.ts';

/** Serves `listener` until the test ends. Resolves to the target for a simulator. */
export async function startStub(listener: RequestListener, timeoutMilliseconds = 5_000): Promise<Target> {
	const server = createServer(listener).listen(0, '127.0.0.1');
	await new Promise((ready) => server.once('listening', ready));
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	return { url: new URL(`http://127.0.0.1:${port}`), username: 'simulator', password: 'secret', timeoutMilliseconds };
}

/** Returns a listener that passes the decoded path and the parsed body to `answer` and sends the status it returns. */
export function answering(
	answer: (path: string, body: Record<string, string>) => Promise<number> | number
): RequestListener {
	return async (request, response) => {
		const parts: Buffer[] = [];
		for await (const part of request) parts.push(part as Buffer);
		const body = JSON.parse(Buffer.concat(parts).toString() || '{}') as Record<string, string>;
		const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
		response.writeHead(await answer(path, body)).end();
	};
}
