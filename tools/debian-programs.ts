import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that the deployment tests need, with the Debian package of each. */
const PACKAGES = {
	nginx: 'nginx',
	prometheus: 'prometheus',
	promtool: 'prometheus',
	'prometheus-alertmanager': 'prometheus-alertmanager',
	amtool: 'prometheus-alertmanager',
	'prometheus-postgres-exporter': 'prometheus-postgres-exporter',
	'prometheus-node-exporter': 'prometheus-node-exporter',
	pgbouncer: 'pgbouncer',
	ruby: 'ruby',
	pgbackrest: 'pgbackrest',
	// One of PostgreSQL's programs that exists only in its versioned folder.
	pg_controldata: 'postgresql',
	shellcheck: 'shellcheck',
	openssl: 'openssl',
	curl: 'curl'
};

export type DebianProgram = keyof typeof PACKAGES;

/** While this file exits with 101, Debian packages do not start services on installation. */
const POLICY = '/usr/sbin/policy-rc.d';
/** Folders of servers, which are only in root's PATH. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];
/** PostgreSQL's programs, in one folder per version. */
const POSTGRESQL_VERSIONS = '/usr/lib/postgresql';

/** Returns the path of a program, or null if it is not installed. */
export function findProgram(name: DebianProgram): string | null {
	const folders = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS, ...findPostgresqlFolders()];
	return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** Newest version first. */
function findPostgresqlFolders(): string[] {
	if (!existsSync(POSTGRESQL_VERSIONS)) return [];
	const versions = readdirSync(POSTGRESQL_VERSIONS).sort((one, other) => Number(other) - Number(one));
	return versions.map((version) => join(POSTGRESQL_VERSIONS, version, 'bin'));
}

/**
 * Installs the missing ones of some programs, or of all, as root on Debian. Returns the names of those still missing.
 */
export function installPrograms(names = Object.keys(PACKAGES) as DebianProgram[]): DebianProgram[] {
	const missing = names.filter((name) => findProgram(name) === null);
	if (missing.length === 0) return missing;
	installPackages([...new Set(missing.map((name) => PACKAGES[name]))]);
	return names.filter((name) => findProgram(name) === null);
}

/** Installs Debian packages as root on Debian, without starting their services. Does nothing elsewhere. */
export function installPackages(packages: string[]): void {
	if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
	console.log(`Installing from Debian: ${packages.join(' ')}`);
	const isOurPolicy = !existsSync(POLICY);
	if (isOurPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
	try {
		run('apt-get', ['update', '-qq']);
		run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
	} finally {
		if (isOurPolicy) rmSync(POLICY);
	}
}

function run(program: string, args: string[]): void {
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
	if (status !== 0) console.log(stdout + stderr);
}
