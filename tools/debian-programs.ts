import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs of the tests of the deployment, by the name of Debian's package that brings each. */
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
	// Of PostgreSQL's own programs one that stands nowhere but beside the others.
	pg_controldata: 'postgresql',
	shellcheck: 'shellcheck',
	openssl: 'openssl',
	curl: 'curl'
};

export type DebianProgram = keyof typeof PACKAGES;

/** While this file says 101, Debian's packages do not start their services when they are installed. */
const POLICY = '/usr/sbin/policy-rc.d';
/** Debian puts servers where only root looks. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];
/** And PostgreSQL's programs in a folder for each version. */
const POSTGRESQL_VERSIONS = '/usr/lib/postgresql';

/** The path of a program on this machine; null when it is not there. */
export function findProgram(name: DebianProgram): string | null {
	const folders = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS, ...findPostgresqlFolders()];
	return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** The newest first. */
function findPostgresqlFolders(): string[] {
	if (!existsSync(POSTGRESQL_VERSIONS)) return [];
	const versions = readdirSync(POSTGRESQL_VERSIONS).sort((one, other) => Number(other) - Number(one));
	return versions.map((version) => join(POSTGRESQL_VERSIONS, version, 'bin'));
}

/**
 * Installs what is missing of some programs, or of all, as root on Debian. Returns the names of those that are missing
 * afterwards.
 */
export function installPrograms(names = Object.keys(PACKAGES) as DebianProgram[]): DebianProgram[] {
	const missing = names.filter((name) => findProgram(name) === null);
	if (missing.length === 0) return missing;
	installPackages([...new Set(missing.map((name) => PACKAGES[name]))]);
	return names.filter((name) => findProgram(name) === null);
}

/** Installs packages of Debian's, as root there; does nothing elsewhere. None of them starts a service by that. */
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
