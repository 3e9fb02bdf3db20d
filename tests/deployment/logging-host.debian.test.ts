import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOf, readComposeFile } from './compose-files.ts';
import { requireProgram } from './programs.ts';

const HERE = 'deployment/logging';
const folder = mkdtempSync(join(tmpdir(), 'minitwit-logging-host-'));
const { services, secrets = {} } = readComposeFile(join(HERE, 'compose.yml'));

/** The files in secrets/ that compose.yml uses. */
const wanted = [
	...Object.values(secrets).flatMap(({ file }) => file ?? []),
	...Object.values(services)
		.flatMap(filesOf)
		.filter((path) => path.startsWith('./secrets/'))
];

beforeAll(() => {
	cpSync(join(HERE, 'prepare.sh'), join(folder, 'prepare.sh'));
	prepare('10.0.0.5');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs prepare.sh for an address. Returns the contents of each file. */
function prepare(address: string): Map<string, string> {
	writeFileSync(join(folder, '.env'), `PRIVATE_ADDRESS=${address}\n`);
	const { status, stderr } = spawnSync(join(folder, 'prepare.sh'), { encoding: 'utf8' });
	expect([status, stderr]).toEqual([0, '']);
	return new Map(wanted.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

function openssl(...args: string[]): string {
	const { stdout, stderr } = spawnSync(requireProgram('openssl'), args, {
		encoding: 'utf8',
		cwd: join(folder, 'secrets')
	});
	return stdout + stderr;
}

describe('prepare.sh', () => {
	test('creates all files that compose.yml uses, readable by the owner only', () => {
		expect(wanted.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
		const modes = new Set(wanted.map((path) => statSync(join(folder, path)).mode & 0o777));
		expect([...modes]).toEqual([0o600]);
	});

	test.each([
		['elasticsearch', ['elasticsearch', 'logging', 'localhost']],
		['kibana', ['kibana', 'localhost']]
	])('the certificate of %s is valid for all its names and its address', (name, hosts) => {
		expect(openssl('verify', '-CAfile', 'logging_ca', `${name}.crt`)).toBe(`${name}.crt: OK\n`);
		for (const host of hosts) {
			const checked = openssl('verify', '-CAfile', 'logging_ca', '-verify_hostname', host, `${name}.crt`);
			expect([host, checked]).toEqual([host, `${name}.crt: OK\n`]);
		}
		expect(openssl('verify', '-CAfile', 'logging_ca', '-verify_ip', '10.0.0.5', `${name}.crt`)).toBe(
			`${name}.crt: OK\n`
		);
		expect(openssl('verify', '-CAfile', 'logging_ca', '-verify_hostname', 'mallory', `${name}.crt`)).toContain(
			'mismatch'
		);
		expect(openssl('pkey', '-in', `${name}.key`, '-pubout')).toBe(
			openssl('x509', '-in', `${name}.crt`, '-noout', '-pubkey')
		);
	});

	test('changes nothing on a second run, and only the certificates for a new address', () => {
		const before = prepare('10.0.0.5');
		expect(prepare('10.0.0.5')).toEqual(before);
		const after = prepare('10.0.0.6');
		const changed = wanted.filter((path) => after.get(path) !== before.get(path));
		expect([...new Set(changed)].sort()).toEqual([
			'./secrets/elasticsearch.crt',
			'./secrets/elasticsearch.key',
			'./secrets/kibana.crt',
			'./secrets/kibana.key'
		]);
		expect(openssl('verify', '-CAfile', 'logging_ca', '-verify_ip', '10.0.0.6', 'kibana.crt')).toBe('kibana.crt: OK\n');
	});
});
