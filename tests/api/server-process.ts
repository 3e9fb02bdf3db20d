import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';

/** The server as it runs in production, in a process of its own. */
export interface ServerProcess {
	port: number;
	child: ChildProcess;
	/** What it wrote so far. */
	output(): string;
	/** Its exit code, once it has ended. */
	ended: Promise<number | null>;
}

/** A port on which nobody listens. */
export async function findPort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await new Promise((ready) => server.once('listening', ready));
	const { port } = server.address() as { port: number };
	await new Promise((closed) => server.close(closed));
	return port;
}

/** Starts `api-server/main.ts` with nothing in its environment but what is given. */
export function spawnServer(environment: Record<string, string>) {
	const child = spawn(process.execPath, ['api-server/main.ts'], {
		env: environment,
		stdio: ['ignore', 'pipe', 'pipe']
	});
	let output = '';
	let errors = '';
	child.stdout.on('data', (chunk) => (output += chunk));
	child.stderr.on('data', (chunk) => (errors += chunk));
	const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
	return { child, ended, output: () => output, errors: () => errors };
}

/** Starts the server and waits until it listens. */
export async function startServerProcess(
	databaseUrl: string,
	overrides: Record<string, string> = {}
): Promise<ServerProcess> {
	const port = await findPort();
	const server = spawnServer({ DATABASE_URL: databaseUrl, API_PORT: String(port), ...overrides });
	await new Promise<void>((resolve, reject) => {
		server.child.stdout?.on('data', () => server.output().includes('The API listens') && resolve());
		void server.ended.then(() => reject(new Error(server.errors())));
	});
	return { ...server, port };
}
