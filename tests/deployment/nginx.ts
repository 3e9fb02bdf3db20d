import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { requireProgram } from './programs.ts';

export const SITE_HOST = 'minitwit.example';
export const API_HOST = `api.${SITE_HOST}`;

const CONFIGURATION = 'deployment/nginx';
const DEADLINE_MS = 20_000;
const POLL_MS = 20;

/** The ports on which nginx listens, and those of the replicas. */
export interface Engine {
	tlsPort: number;
	plainPort: number;
	healthPort: number;
	web: number[];
	api: number[];
}

/** A running nginx with production's configuration. */
export interface Nginx {
	certificate: string;
	/** The folder from which it serves ACME challenges. */
	acmeFolder: string;
	/** The lines of its access log so far. */
	accessLog(): Record<string, unknown>[];
	/** The contents of its error log. */
	errorLog(): string;
	/** Changes the replicas, as Swarm's DNS does, and waits until the previous ones are no longer used. */
	useReplicas(replicas: Pick<Engine, 'web' | 'api'>): Promise<void>;
	stop(): Promise<void>;
}

/**
 * Production's engine.conf for Debian's nginx 1.22 on loopback: without QUIC and DNS lookups, otherwise unchanged. Each
 * replacement must match, so that this and production's file cannot drift apart.
 */
function engineForTests(folder: string, { tlsPort, plainPort, healthPort, web, api }: Engine): string {
	const servers = (ports: number[]) => ports.map((port) => `server 127.0.0.1:${port} $1;`).join('\n\t');
	const replacements: [RegExp, string][] = [
		[/^\tlisten 443 quic.*\n/gm, ''],
		[/^http2 on;\n/m, ''],
		[/listen 443 ssl/g, `listen 127.0.0.1:${tlsPort} ssl http2`],
		[/listen 80\b/g, `listen 127.0.0.1:${plainPort}`],
		[/listen 127\.0\.0\.1:8080/, `listen 127.0.0.1:${healthPort}`],
		[/server tasks\.web:3000 resolve (.*);/, servers(web)],
		[/server tasks\.api:5001 resolve (.*);/, servers(api)],
		[/\/run\/certificate/g, folder],
		[/\/var\/www\/acme/, join(folder, 'acme')],
		[/\$\{SITE_HOST\}/g, SITE_HOST]
	];
	const text = replacements.reduce(
		(text, [pattern, replacement]) => {
			if (text.search(pattern) < 0) throw new Error(`engine.conf.template has nothing like ${pattern}`);
			return text.replace(pattern, replacement);
		},
		readFileSync(join(CONFIGURATION, 'engine.conf.template'), 'utf8')
	);
	const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
	return `${text}\n${temporary.map((name) => `${name}_temp_path ${join(folder, name)};`).join('\n')}\n`;
}

/** Copies the configuration to a folder. A certificate must be added to it. */
export function prepareNginx(folder: string, engine: Engine): void {
	cpSync(CONFIGURATION, folder, { recursive: true });
	for (const name of ['conf.d', 'acme/.well-known/acme-challenge']) mkdirSync(join(folder, name), { recursive: true });
	writeEngine(folder, engine);
}

function writeEngine(folder: string, engine: Engine): void {
	writeFileSync(join(folder, 'conf.d/engine.conf'), engineForTests(folder, engine));
}

/** Creates a certificate for both names, and its key. */
export function createCertificate(folder: string): void {
	const names = `subjectAltName=DNS:${SITE_HOST},DNS:${API_HOST}`;
	const files = ['-keyout', join(folder, 'privkey.pem'), '-out', join(folder, 'fullchain.pem')];
	const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
	const args = ['req', '-x509', ...key, '-subj', `/CN=${SITE_HOST}`, '-addext', names, ...files];
	const { status, stderr } = spawnSync(requireProgram('openssl'), args, { encoding: 'utf8' });
	if (status !== 0) throw new Error(stderr);
}

/** The arguments that run nginx in a folder. */
export function nginxArguments(folder: string): string[] {
	// If started by root, workers would run as a user without access to the temporary folder.
	const user = process.getuid?.() === 0 ? 'user root; ' : '';
	return ['-p', folder, '-c', join(folder, 'nginx.conf'), '-g', `${user}pid ${join(folder, 'nginx.pid')};`];
}

/** Starts nginx in a prepared folder. */
export async function startNginx(folder: string, engine: Engine): Promise<Nginx> {
	const logs = { access: join(folder, 'access.log'), error: join(folder, 'error.log') };
	const args = nginxArguments(folder);
	const run = [...args.slice(0, -1), `${args.at(-1)} daemon off;`];
	const child = spawn(requireProgram('nginx'), run, {
		stdio: ['ignore', openSync(logs.access, 'a'), openSync(logs.error, 'a')]
	});
	const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	const errorLog = () => readFileSync(logs.error, 'utf8');
	const isReady = () =>
		fetch(`http://127.0.0.1:${engine.healthPort}/`).then(
			({ ok }) => ok,
			() => false
		);
	await waitUntil(async () => {
		if (child.exitCode !== null) throw new Error(`nginx did not start: ${errorLog()}`);
		return isReady();
	}, 'nginx answers');
	return {
		certificate: readFileSync(join(folder, 'fullchain.pem'), 'utf8'),
		acmeFolder: join(folder, 'acme/.well-known/acme-challenge'),
		accessLog: () =>
			readFileSync(logs.access, 'utf8')
				.split('\n')
				.slice(0, -1)
				.map((line) => JSON.parse(line)),
		errorLog,
		async useReplicas(replicas) {
			writeEngine(folder, { ...engine, ...replicas });
			const former = workersOf(child);
			child.kill('SIGHUP');
			await waitUntil(
				() => workersOf(child).every((pid) => !former.includes(pid)),
				'the previous workers have stopped'
			);
		},
		async stop() {
			child.kill('SIGTERM');
			await ended;
		}
	};
}

/** The process ids of nginx's running workers. */
function workersOf({ pid }: ChildProcess): number[] {
	return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
}

/** Waits until a condition holds. */
export async function waitUntil(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
	const deadline = Date.now() + DEADLINE_MS;
	while (!(await holds())) {
		if (Date.now() > deadline) throw new Error(`Timed out waiting until ${what}`);
		await delay(POLL_MS);
	}
}
