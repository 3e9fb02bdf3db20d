import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { requireProgram } from './programs.ts';

/*
 * setup.sh against a stand-in for Elasticsearch and Kibana that records the requests. How the real ones handle
 * them is not tested.
 */

const SETUP = join('deployment', 'logging', 'setup.sh');
const ENTRYPOINT = join('deployment', 'filebeat', 'entrypoint.sh');

const folder = mkdtempSync(join(tmpdir(), 'minitwit-setup-'));
const SECRETS = {
	elastic_password: 'quoted " and \\ and ä',
	filebeat_password: 'for "filebeat"',
	reader_password: 'for readers',
	kibana_system_password: 'for kibana'
};

/** A self-signed certificate for this machine. */
function makeCertificate(name: string): { key: string; cert: string; certFile: string } {
	const [keyFile, certFile] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
	const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
	const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
	execFileSync(requireProgram('openssl'), ['req', '-x509', '-days', '1', ...key, '-out', certFile, ...subject], {
		stdio: 'ignore'
	});
	return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8'), certFile };
}

const certificate = makeCertificate('server');
for (const [name, value] of Object.entries(SECRETS)) writeFileSync(join(folder, name), value);

let asked: { what: string; authorization: string | undefined; body: string }[];
let hasStream: boolean;
/** Kibana becomes available later. */
let refusals: number;
let importAnswer: object;

const server = createServer(certificate, async (request, response) => {
	const what = `${request.method} ${request.url}`;
	asked.push({ what, authorization: request.headers.authorization, body: await text(request) });
	if (what === 'GET /kibana/api/status' && refusals-- > 0) response.writeHead(503);
	else if (what === 'GET /_data_stream/logs-minitwit-default' && !hasStream) response.writeHead(404);
	else if (what === 'PUT /_data_stream/logs-minitwit-default') hasStream = true;
	response.end(what.includes('_import') ? JSON.stringify(importAnswer) : '{}');
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

beforeEach(() => {
	asked = [];
	hasStream = false;
	refusals = 0;
	importAnswer = { success: true, successCount: 10 };
});

afterAll(() => {
	server.close();
	rmSync(folder, { recursive: true, force: true });
});

function runSetup(ca = certificate.certFile): Promise<{ code: number | null; output: string }> {
	const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const env = {
		PATH: `${process.env.PATH}:${dirname(requireProgram('curl'))}`,
		ELASTICSEARCH_URL: origin,
		KIBANA_URL: `${origin}/kibana`,
		CA_FILE: ca,
		SECRETS_FOLDER: folder,
		WAIT_SECONDS: '2'
	};
	return new Promise((resolve) => {
		const child = execFile(SETUP, { env }, (_error, stdout, stderr) =>
			resolve({ code: child.exitCode, output: stdout + stderr })
		);
	});
}

const whatWasAsked = () => asked.map(({ what }) => what).filter((what) => !what.startsWith('GET'));

const bodyOf = (what: string) => asked.find((one) => one.what === what)?.body ?? '';

test('everything is set up from the files, with dependencies first', async () => {
	refusals = 1;
	const { code, output } = await runSetup();
	expect(output).toContain('Elasticsearch and Kibana are configured');
	expect(code).toBe(0);
	expect(whatWasAsked()).toEqual([
		'PUT /_ilm/policy/minitwit-logs',
		'PUT /_index_template/minitwit-logs',
		'PUT /_data_stream/logs-minitwit-default',
		'PUT /_security/role/minitwit_log_writer',
		'PUT /_security/role/minitwit_log_reader',
		'PUT /_security/user/minitwit_filebeat',
		'PUT /_security/user/minitwit_reader',
		'POST /_security/user/kibana_system/_password',
		'POST /kibana/api/saved_objects/_import?overwrite=true'
	]);
	const template = JSON.parse(readFileSync('deployment/logging/index-template.json', 'utf8'));
	expect(JSON.parse(bodyOf('PUT /_index_template/minitwit-logs'))).toEqual(template);
	expect(JSON.parse(bodyOf('PUT /_security/user/minitwit_filebeat'))).toEqual({
		roles: ['minitwit_log_writer'],
		password: SECRETS.filebeat_password
	});
	expect(bodyOf('POST /kibana/api/saved_objects/_import?overwrite=true')).toContain('"minitwit-errors"');
	const elastic = `Basic ${Buffer.from(`elastic:${SECRETS.elastic_password}`).toString('base64')}`;
	expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set([elastic]));
	for (const secret of Object.values(SECRETS)) expect(output).not.toContain(secret);
});

test('a second run keeps the data stream and applies the template to it', async () => {
	hasStream = true;
	expect((await runSetup()).code).toBe(0);
	expect(whatWasAsked()).toContain('POST /logs-minitwit-default/_rollover?lazy=true');
	expect(whatWasAsked()).not.toContain('PUT /_data_stream/logs-minitwit-default');
});

test('a rejection by Kibana is a failure, although it responds with 200', async () => {
	importAnswer = { success: false, errors: [{ id: 'minitwit' }] };
	const { code, output } = await runSetup();
	expect(code).toBe(1);
	expect(output).toContain('Kibana rejected the saved objects');
});

test('nothing is sent to a server without a certificate of the CA', async () => {
	const { code, output } = await runSetup(makeCertificate('other').certFile);
	expect(code).toBe(1);
	expect(output).toContain('Elasticsearch does not answer');
	expect(asked).toEqual([]);
});

test('Filebeat receives its password from the secret', () => {
	writeFileSync(join(folder, 'filebeat'), '#!/bin/sh\necho "$FILEBEAT_PASSWORD|$*"\n', { mode: 0o755 });
	const env = { PATH: `${folder}:${process.env.PATH}`, FILEBEAT_PASSWORD_FILE: join(folder, 'filebeat_password') };
	const output = execFileSync(ENTRYPOINT, { env, encoding: 'utf8' });
	expect(output).toBe(`${SECRETS.filebeat_password}|--environment container -e\n`);
});

test('shellcheck finds nothing in the scripts', () => {
	execFileSync(requireProgram('shellcheck'), [SETUP, ENTRYPOINT]);
});
