import { createServer } from 'node:net';

/** Whether a server could listen there now; otherwise the code of the error, such as EADDRINUSE. */
export async function tryPort(host: string, port: number): Promise<'free' | string> {
	const server = createServer();
	try {
		await new Promise<void>((resolve, reject) => {
			server.once('error', reject);
			server.listen(port, host, resolve);
		});
		return 'free';
	} catch (error) {
		return (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
	} finally {
		await new Promise((closed) => server.close(closed));
	}
}

/** A port on which nobody listens. */
export async function findFreePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await new Promise((ready) => server.once('listening', ready));
	const address = server.address();
	await new Promise((closed) => server.close(closed));
	if (address === null || typeof address === 'string') throw new Error('No free port was found');
	return address.port;
}
