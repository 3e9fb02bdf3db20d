import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	readdirSync,
	rmSync,
	writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findFreePort } from '../../bin/ports.ts';
import {
	API_HOST,
	SITE_HOST,
	createCertificate,
	nginxArguments,
	prepareNginx,
	startNginx,
	waitUntil
} from './nginx.ts';
import { requireProgram } from './programs.ts';

const SCRIPTS = ['deployment/nginx/certificate.sh', 'deployment/nginx/acme.sh'];

let folder: string;
const started: ChildProcess[] = [];

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'minitwit-certificate-'));
});

afterEach(() => {
	for (const { pid } of started.splice(0)) endGroup(pid as number);
	rmSync(folder, { recursive: true });
});

/** Stops a script and its background processes. */
function endGroup(pid: number): void {
	try {
		process.kill(-pid, 'SIGKILL');
	} catch {
		// Everything has already ended.
	}
}

/** Writes a stand-in for a program that a script calls. */
function standIn(name: string, script: string): void {
	mkdirSync(join(folder, 'bin'), { recursive: true });
	writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`);
	chmodSync(join(folder, 'bin', name), 0o755);
}

/** Starts a script with the stand-ins first in PATH. Resolves to its exit code. */
function runScript(
	script: string,
	env: Record<string, string>
): { ended: Promise<number | null>; process: ChildProcess } {
	const path = `${join(folder, 'bin')}:${process.env.PATH}`;
	const child = spawn('/bin/sh', [script], { detached: true, stdio: 'ignore', env: { PATH: path, SITE_HOST, ...env } });
	started.push(child);
	return { process: child, ended: new Promise((resolve) => child.once('exit', resolve)) };
}

/** The certificate that nginx currently presents. */
function shownCertificate(port: number): Promise<X509Certificate> {
	return new Promise((resolve, reject) => {
		const socket = connect({ host: '127.0.0.1', port, servername: SITE_HOST, rejectUnauthorized: false });
		socket.once('error', reject);
		socket.once('secureConnect', () => {
			resolve(socket.getPeerX509Certificate() as X509Certificate);
			socket.destroy();
		});
	});
}

test('nginx starts without a certificate, and loads new ones by itself', async () => {
	const given = join(folder, 'given');
	const used = join(folder, 'used');
	const [tlsPort, plainPort, healthPort] = [await findFreePort(), await findFreePort(), await findFreePort()];
	const engine = { tlsPort, plainPort, healthPort, web: [9], api: [9] };
	prepareNginx(used, engine);
	// Half of a renewal: the key belongs to another certificate.
	mkdirSync(given);
	createCertificate(given);
	const key = readFileSync(join(given, 'privkey.pem'));
	createCertificate(given);
	writeFileSync(join(given, 'privkey.pem'), key);
	standIn(
		'nginx',
		`exec ${requireProgram('nginx')} ${nginxArguments(used)
			.map((word) => `'${word}'`)
			.join(' ')} "$@"`
	);
	const seconds = { CERTIFICATE_CHECK_SECONDS: '0.1', CERTIFICATE_FIRST_CHECK_SECONDS: '0.1' };
	const folders = { ACME_CERTIFICATE_FOLDER: given, CERTIFICATE_FOLDER: used, ...seconds };
	expect(await runScript(SCRIPTS[0] as string, folders).ended).toBe(0);

	const nginx = await startNginx(used, engine);
	try {
		const standIn = await shownCertificate(tlsPort);
		expect(standIn.checkHost(SITE_HOST)).toBe(SITE_HOST);
		expect(standIn.checkHost(API_HOST)).toBe(API_HOST);
		for (let renewal = 0; renewal < 2; renewal++) {
			createCertificate(given);
			const { fingerprint256 } = new X509Certificate(readFileSync(join(given, 'fullchain.pem')));
			const isShown = async () => (await shownCertificate(tlsPort)).fingerprint256 === fingerprint256;
			await waitUntil(isShown, 'nginx presents the new certificate');
		}
	} finally {
		await nginx.stop();
	}
});

test('certbot requests one certificate for both names and retries after a failure; its expiry date is written for Prometheus', async () => {
	const log = join(folder, 'certbot.log');
	standIn('certbot', `echo "$@" >> ${log}; [ "$(wc -l < ${log})" -gt 1 ]`);
	const issued = join(folder, 'issued');
	mkdirSync(issued);
	createCertificate(issued);
	const figures = {
		ACME_CERTIFICATE_FOLDER: issued,
		FIGURE_SCRIPT: resolve('deployment/prometheus/certificate-expiry.sh'),
		FIGURE_FILE: join(folder, 'certificate.prom')
	};
	const seconds = { ACME_RETRY_SECONDS: '0', ACME_CHECK_SECONDS: '1000' };
	const webroot = join(folder, 'webroot');
	// The proxy is away at first; certbot must not be called before it serves what the webroot has.
	standIn('wget', `[ -e ${folder}/proxy ] && cat ${webroot}/.well-known/acme-challenge/probe`);
	const settings = { ACME_EMAIL: 'operator@minitwit.example', ACME_WEBROOT: webroot, ...seconds, ...figures };
	const acme = runScript(SCRIPTS[1] as string, settings);
	await waitUntil(() => existsSync(join(webroot, '.well-known/acme-challenge/probe')), 'there is a probe');
	expect(existsSync(log)).toBe(false);
	writeFileSync(join(folder, 'proxy'), '');
	const calls = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);
	await waitUntil(() => calls().length === 2, 'certbot has been called twice');
	expect(calls()[1]).toBe(
		'certonly --non-interactive --agree-tos --email operator@minitwit.example --keep-until-expiring ' +
			`--webroot --webroot-path ${webroot} --cert-name minitwit --domain ${SITE_HOST} --domain ${API_HOST}`
	);
	const { validToDate } = new X509Certificate(readFileSync(join(issued, 'fullchain.pem')));
	const told = () => (existsSync(figures.FIGURE_FILE) ? readFileSync(figures.FIGURE_FILE, 'utf8') : '');
	await waitUntil(
		() => told().includes(`{host="${SITE_HOST}"} ${validToDate.getTime() / 1000}\n`),
		'Prometheus is told until when the certificate is valid'
	);
	acme.process.kill('SIGTERM');
	expect(await acme.ended).toBe(0);
	expect(calls().length).toBe(2);
});

test('shellcheck finds nothing in the scripts', () => {
	const { stdout } = spawnSync(requireProgram('shellcheck'), SCRIPTS, { encoding: 'utf8' });
	expect(stdout).toBe('');
});

test("directives that only production's nginx supports are complete", () => {
	const root = 'deployment/nginx';
	const engine = readFileSync(join(root, 'engine.conf.template'), 'utf8');
	const servers = engine.split(/^server \{$/m).filter((text) => text.includes('listen 443 ssl'));
	expect(servers.length).toBe(3);
	for (const server of servers) expect(server.match(/^\tlisten 443 quic\b.*;$/gm)?.length).toBe(1);
	// nginx does not start if this is given twice.
	expect(engine.match(/reuseport/g)?.length).toBe(1);
	expect(engine.match(/^http2 on;$/gm)?.length).toBe(1);
	expect(engine.match(/\tserver tasks\.(web:3000|api:5001) resolve max_fails=\d+ fail_timeout=\d+s;/g)?.length).toBe(2);
	expect(engine.match(/^\tzone \w+ \d+k;$/gm)?.length).toBe(2);

	const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
	const texts = files
		.filter((name) => /\.(conf|template)$/.test(name))
		.map((name) => readFileSync(join(root, name), 'utf8'));
	const included = texts.flatMap((text) => [...text.matchAll(/^\s*include (.*);$/gm)].map(([, name]) => name));
	const expected = files.filter((name) => name.endsWith('.conf') && name !== 'nginx.conf');
	expect(included.sort()).toEqual([...expected, 'conf.d/engine.conf'].sort());
});
