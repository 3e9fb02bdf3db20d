import { createServer } from 'node:net';

/** Resolves to 'free' if a server can listen there now, else to the error code, such as EADDRINUSE. */
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

/** Resolves to a free TCP port on loopback. */
export async function findFreePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await new Promise((ready) => server.once('listening', ready));
	const address = server.address();
	await new Promise((closed) => server.close(closed));
	if (address === null || typeof address === 'string') throw new Error('No free port was found');
	return address.port;
}
