import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../bin/embedded-postgres.ts';
import { findFreePort } from '../bin/ports.ts';

/** A PostgreSQL and a streaming standby of it, in temporary folders. */
export interface PrimaryAndStandby {
	primary: EmbeddedPostgres;
	standby: Standby;
	/** Stops both and removes their data. */
	remove(): Promise<void>;
}

export interface Standby {
	/** The address of a database on it, the same after a restart. */
	urlOf(database: string): string;
	/** Runs work while it takes what the primary sends and shows nothing of it. */
	whilePaused(work: () => Promise<void>): Promise<void>;
	/** Ends it without a goodbye. */
	kill(): Promise<void>;
	start(): Promise<void>;
}

/** Nothing here has to survive the machine. */
const QUICK = { fsync: 'off', full_page_writes: 'off', max_connections: '100' };

/** Starts both. `settings` are PostgreSQL's own, for the primary as for the standby. */
export async function startPrimaryAndStandby(settings: Record<string, string> = {}): Promise<PrimaryAndStandby> {
	const folder = mkdtempSync(join(tmpdir(), 'minitwit-standby-'));
	const homes = { primary: join(folder, 'primary'), standby: join(folder, 'standby') };
	// PostgreSQL's own user has to pass, and may be another than ours.
	execFileSync('chmod', ['755', folder]);
	const primary = await startEmbeddedPostgres(homes.primary, { ...QUICK, ...settings });
	await copyData(primary, homes);
	const { hostname: host, port, username: user, password } = new URL(primary.urlOf('postgres'));
	const all = {
		...QUICK,
		...settings,
		primary_conninfo: `host=${host} port=${port} user=${user} password=${password}`,
		port: String(await findFreePort())
	};
	const launch = () => startEmbeddedPostgres(homes.standby, all);
	let server = await launch();
	const query = (sql: string) => runOn(server.urlOf('postgres'), (client) => client.query(sql));
	return {
		primary,
		standby: {
			urlOf: (database) => server.urlOf(database),
			async whilePaused(work) {
				await query('SELECT pg_wal_replay_pause()');
				try {
					await work();
				} finally {
					await query('SELECT pg_wal_replay_resume()');
				}
			},
			async kill() {
				const pid = Number(readFileSync(join(homes.standby, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
				// PostgreSQL's immediate shutdown: sessions are cut, nothing is written.
				process.kill(pid, 'SIGQUIT');
				await server.stop();
			},
			async start() {
				server = await launch();
			}
		},
		async remove() {
			await server.stop();
			await primary.stop();
			rmSync(folder, { recursive: true, force: true });
		}
	};
}

/** A base backup as pg_basebackup makes one, which the embedded PostgreSQL does not bring. */
async function copyData(server: EmbeddedPostgres, homes: { primary: string; standby: string }): Promise<void> {
	const data = join(homes.standby, 'data');
	await runOn(server.urlOf('postgres'), async (client) => {
		await client.query(`SELECT pg_backup_start('standby', fast => true)`);
		mkdirSync(homes.standby);
		execFileSync('cp', ['--archive', join(homes.primary, 'data'), join(homes.primary, 'password'), homes.standby]);
		const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop()');
		writeFileSync(join(data, 'backup_label'), rows[0]?.labelfile ?? '');
	});
	writeFileSync(join(data, 'standby.signal'), '');
	rmSync(join(data, 'postmaster.pid'));
	// The standby fetches these from the primary.
	for (const name of readdirSync(join(data, 'pg_wal'))) {
		if (/^[0-9A-F]{24}/.test(name)) rmSync(join(data, 'pg_wal', name));
	}
	execFileSync('chown', [
		'--reference',
		join(data, 'PG_VERSION'),
		join(data, 'backup_label'),
		join(data, 'standby.signal')
	]);
}

async function runOn<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	try {
		return await work(client);
	} finally {
		await client.end();
	}
}
