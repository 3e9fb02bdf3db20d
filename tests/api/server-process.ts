import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { resolve } from 'node:path';

/** The API server as it runs in production, in its own process. */
export interface ServerProcess {
	port: number;
	child: ChildProcess;
	/** What it has written to stdout so far. */
	output(): string;
	/** Resolves to the exit code once the process has ended. */
	ended: Promise<number | null>;
}

/** Returns a free port. */
export async function findPort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await new Promise((ready) => server.once('listening', ready));
	const { port } = server.address() as { port: number };
	await new Promise((closed) => server.close(closed));
	return port;
}

/** Compiled code that one process leaves to the next. */
const NODE_COMPILE_CACHE = resolve('node_modules/.cache/compile');

/** Starts `api-server/main.ts` with nothing else in its environment than `environment` and a compile cache. */
export function spawnServer(environment: Record<string, string>) {
	const child = spawn(process.execPath, ['api-server/main.ts'], {
		env: { NODE_COMPILE_CACHE, ...environment },
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
