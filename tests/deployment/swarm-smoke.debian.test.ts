import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { requireProgram } from './programs.ts';

/*
 * The smoke test with the real curl, over TLS, against a simulated site. curl's settings direct every address to it.
 */
const NAMES = 'subjectAltName=DNS:minitwit.example,DNS:api.minitwit.example';
const page = (status: number, body: string) => ({ status, body, location: '' });
const SCRIPT = join('deployment', 'swarm/smoke.sh');
const SITE: Record<string, { status: number; body: string; location: string }> = {
	'https://minitwit.example/public': page(200, '<!doctype html>\n<html lang="en"></html>\n'),
	'https://api.minitwit.example/latest': page(200, '{"latest":1337}'),
	'https://minitwit.example/_app/version.json': page(200, '{"version":"2026.11.24-7"}'),
	'http://minitwit.example/public': { status: 301, body: '', location: 'https://minitwit.example/public' }
};

const folder = mkdtempSync(join(tmpdir(), 'minitwit-smoke-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => {
	const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
	const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')];
	execFileSync(requireProgram('openssl'), [...args, ...files, '-subj', '/CN=minitwit', '-addext', NAMES], {
		stdio: 'ignore'
	});
});

/** Simulates the site on loopback until the test ends; returns the settings that direct curl to it. */
async function startSite(site: typeof SITE): Promise<string[]> {
	const answer =
		(scheme: string): RequestListener =>
		(request, response) => {
			const { status, body, location } = site[`${scheme}://${request.headers.host}${request.url}`] ?? page(404, 'no');
			response.writeHead(status, location ? { location } : {}).end(body);
		};
	const [key, cert] = ['key.pem', 'certificate.pem'].map((name) => readFileSync(join(folder, name)));
	const servers = { 443: createServer({ key, cert }, answer('https')), 80: createPlainServer(answer('http')) };
	return Promise.all(
		Object.entries(servers).map(async ([port, server]) => {
			await once(server.listen(0, '127.0.0.1'), 'listening');
			onTestFinished(() => void server.close());
			return `connect-to = ":${port}:127.0.0.1:${(server.address() as AddressInfo).port}"`;
		})
	);
}

async function runSmokeTest(site: typeof SITE, isTrusted = true) {
	const settings = await startSite(site);
	if (isTrusted) settings.push(`cacert = "${join(folder, 'certificate.pem')}"`);
	writeFileSync(join(folder, '.curlrc'), settings.join('\n'));
	const env = { PATH: '/usr/bin:/bin', CURL_HOME: folder, POLL_SECONDS: '0', SETTINGS: join(folder, 'none') };
	const child = spawn(SCRIPT, ['minitwit.example', '2026.11.24-7'], { env });
	let output = '';
	child.stdout.on('data', (part) => (output += part));
	child.stderr.on('data', (part) => (output += part));
	const [code] = await once(child, 'close');
	return { code, output };
}

test('the smoke test passes a correct site', async () => {
	const { code, output } = await runSmokeTest(SITE);
	expect([code, output]).toEqual([0, 'minitwit.example passed all checks.\n']);
});

test.each([
	['the public timeline', { 'https://minitwit.example/public': page(200, 'an error page') }],
	["the API's latest", { 'https://api.minitwit.example/latest': page(503, '{"latest":1}') }],
	['/readyz is not public', { 'https://minitwit.example/readyz': page(200, 'ok') }],
	['plain HTTP redirects to HTTPS', { 'http://minitwit.example/public': page(200, '<html></html>') }],
	[
		'the web app has version 2026.11.24-7',
		{ 'https://minitwit.example/_app/version.json': page(200, '{"version":"2026.11x24-7"}') }
	]
])('the smoke test reports a failed check: %s', async (what, change) => {
	const { code, output } = await runSmokeTest({ ...SITE, ...change });
	expect(output).toContain(`FAILED  ${what}`);
	expect(output).toContain('1 check(s) of minitwit.example failed.');
	expect(code).toBe(1);
});

test('the smoke test rejects a self-signed certificate', async () => {
	const { code, output } = await runSmokeTest(SITE, false);
	expect(code).toBe(1);
	expect(output).toContain('SSL certificate problem');
});
