import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { findFreePort } from '../../bin/ports.ts';
import { environmentOf, execForm, instructionsOf, lastOf } from './dockerfile.ts';
import { ImageFolders, VERSION, stages } from './image-folders.ts';

const IMAGES = ['web', 'api', 'migrate'] as const;
type Image = (typeof IMAGES)[number];

/** An unprivileged user; without root, the tests run the images as the current user. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const SIMULATOR_PASSWORD = 'a long password';
const PATIENCE = { timeout: 20_000, interval: 50 };

const root = mkdtempSync(join(tmpdir(), 'minitwit-images-'));
const node = join(root, 'node');
const folders = {} as Record<Image, string>;
const servers: ChildProcess[] = [];

beforeAll(async () => {
	chmodSync(root, 0o755);
	// The unprivileged user may have no access to the folders of the checkout and of Node.
	copyFileSync(process.execPath, node);
	chmodSync(node, 0o755);
	const images = new ImageFolders(root);
	await Promise.all(IMAGES.map(async (image) => (folders[image] = await images.make(image))));
}, 180_000);

afterAll(async () => {
	for (const server of servers) await end(server, 'SIGKILL');
	rmSync(root, { recursive: true, force: true });
});

interface Container {
	image: Image;
	/** Environment variables in addition to the image's. */
	environment: Record<string, string>;
	/** The only writable folder. */
	temporary: string;
}

/** The settings of a container: its database URL as a secret's file, and an empty folder for /tmp. */
async function createContainer(image: Image, database: string): Promise<Container> {
	const temporary = mkdtempSync(join(root, 'tmp-'));
	if (NOBODY.uid) chownSync(temporary, NOBODY.uid, NOBODY.gid);
	const secrets = join(root, 'secrets');
	mkdirSync(secrets, { recursive: true });
	writeFileSync(join(secrets, 'database_url'), `${database}\n`);
	const port = String(await findFreePort());
	const address = { HOST: '127.0.0.1', ...(image === 'web' ? { PORT: port } : { API_PORT: port }) };
	const environment = { ...address, SIMULATOR_PASSWORD, DATABASE_URL_FILE: join(secrets, 'database_url') };
	return { image, temporary, environment };
}

const portOf = ({ environment: { PORT, API_PORT } }: Container) => PORT ?? API_PORT ?? '';

/**
 * Runs a command as a container would: in the image's folder, as an unprivileged user, able to read only the image, its
 * secrets and /proc, and to write only /tmp. Node's permission model replaces the container's file system.
 */
function run({ image, environment, temporary }: Container, [program, ...args]: string[]) {
	expect(program).toBe('node');
	const readable = [folders[image], join(root, 'secrets'), temporary, '/proc'];
	const options = [
		'--permission --allow-addons --disable-warning=SecurityWarning',
		...readable.map((path) => `--allow-fs-read=${path}`),
		`--allow-fs-write=${temporary}`
	];
	const env = {
		...environmentOf(instructionsOf(stages, image)),
		...environment,
		TMPDIR: temporary,
		NODE_OPTIONS: options.join(' ')
	};
	const child = spawn(node, args, { cwd: folders[image], env, ...NOBODY, stdio: ['ignore', 'pipe', 'pipe'] });
	servers.push(child);
	let output = '';
	child.stdout.on('data', (part) => (output += part));
	child.stderr.on('data', (part) => (output += part));
	const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
	return { child, ended, output: () => output };
}

const start = (container: Container) =>
	run(container, execForm(lastOf(instructionsOf(stages, container.image), 'CMD')));

/** The exit code and the output of the image's HEALTHCHECK: 0 is healthy. */
async function checkHealth(container: Container): Promise<[number | null, string]> {
	const command = lastOf(instructionsOf(stages, container.image), 'HEALTHCHECK')?.replace(/^CMD /, '') ?? null;
	const { ended, output } = run(container, execForm(command));
	return [await ended, output()];
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const closed = new Promise((resolve) => child.once('close', resolve));
	child.kill(signal);
	await closed;
}

async function statusOf(container: Container, path: string): Promise<number | null> {
	const response = await fetch(`http://127.0.0.1:${portOf(container)}${path}`).catch(() => null);
	return response?.status ?? null;
}

/** Makes a request that needs most of an image: files of the build, or a password hash. */
async function use(container: Container): Promise<[number, string]> {
	const origin = `http://127.0.0.1:${portOf(container)}`;
	if (container.image === 'web') return answerOf(await fetch(`${origin}/_app/version.json`));
	const authorization = `Basic ${btoa(`simulator:${SIMULATOR_PASSWORD}`)}`;
	const body = JSON.stringify({ username: 'alice', email: 'alice@example.com', pwd: 'a long password' });
	const headers = { authorization, 'content-type': 'application/json' };
	return answerOf(await fetch(`${origin}/register`, { method: 'POST', headers, body }));
}

const answerOf = async (response: Response): Promise<[number, string]> => [response.status, await response.text()];

/** An empty database, and a function that removes it while it is in use. */
async function createEmptyDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
	const server = inject('serverUrl');
	const name = `minitwit_images_${crypto.randomUUID().replaceAll('-', '')}`;
	const query = async (sql: string) => {
		const client = new pg.Client({ connectionString: server });
		await client.connect();
		await client.query(sql).finally(() => client.end());
	};
	await query(`CREATE DATABASE ${name}`);
	const url = new URL(server);
	url.pathname = `/${name}`;
	return { url: url.href, drop: () => query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

test('a container can read its image but not the checkout, and can write to neither', async () => {
	const container = await createContainer('web', 'postgres://nobody');
	const attempt = async (code: string) => {
		const { ended, output } = run(container, ['node', '--eval', code]);
		return [await ended, output()];
	};
	const checkout = JSON.stringify(join(process.cwd(), 'package.json'));
	expect(await attempt('fs.readFileSync("package.json"); fs.writeFileSync(os.tmpdir() + "/x", "")')).toEqual([0, '']);
	expect(await attempt(`fs.readFileSync(${checkout})`)).toEqual([1, expect.stringContaining('ERR_ACCESS_DENIED')]);
	expect(await attempt('fs.writeFileSync("package.json", "")')).toEqual([1, expect.stringContaining('ACCESS')]);
});

describe.each(['web', 'api'] as const)('%s', (image) => {
	test('becomes healthy once the schema is current, stays healthy without its database, and stops on request', async () => {
		const database = await createEmptyDatabase();
		const container = await createContainer(image, database.url);
		expect(await checkHealth(container)).toEqual([1, expect.stringContaining('ECONNREFUSED')]);

		const server = start(container);
		await vi.waitFor(async () => expect(await statusOf(container, '/healthz'), server.output()).toBe(200), PATIENCE);
		expect(await checkHealth(container)).toEqual([1, '/readyz answers 503\n']);

		const migration = start(await createContainer('migrate', database.url));
		expect([await migration.ended, migration.output()]).toEqual([0, expect.stringContaining('up to date now')]);
		expect(await statusOf(container, '/readyz')).toBe(200);
		expect(await checkHealth(container)).toEqual([0, '']);
		expect(await use(container)).toEqual(image === 'web' ? [200, JSON.stringify({ version: VERSION })] : [204, '']);

		await database.drop();
		expect(await statusOf(container, '/readyz')).toBe(503);
		expect(await checkHealth(container)).toEqual([0, '']);

		const asked = performance.now();
		await end(server.child, 'SIGTERM');
		expect([server.child.exitCode, server.child.signalCode], server.output()).toEqual([0, null]);
		expect(performance.now() - asked).toBeLessThan(10_000);
		expect(await checkHealth(container)).toEqual([1, expect.stringContaining('ECONNREFUSED')]);
	});
});
