import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { stringify } from 'yaml';
import { findFreePort } from '../../bin/ports.ts';
import { createTestDatabase } from '../database-server.ts';
import { PROMETHEUS_FOLDER, RULE_FILES, type RuleFile, readYaml } from './monitoring-files.ts';
import { startProgram } from './monitoring-programs.ts';
import { serveFilebeat, serveFilebeatExporter, serveWebhook, startStandby } from './monitoring-standins.ts';
import { requireProgram } from './programs.ts';
import { type Replica, startReplica } from './replicas.ts';

const CERTIFICATE_DAYS = 60;
const SECOND = '1s';
/** Where the production's files say that a program keeps others waiting, for a test's patience. */
const HURRIED = { group_wait: SECOND, group_interval: SECOND };

/** Two web and two API servers on PostgreSQL, and all that watches them. */
export interface MonitoredSystem {
	web: Replica[];
	api: Replica[];
	/** Addresses of their HTTP APIs. */
	prometheus: string;
	alertmanager: string;
	/** An address of a target that nobody listens at. */
	deadTarget: string;
	/** What came to the webhook. */
	notices: Awaited<ReturnType<typeof serveWebhook>>['notices'];
	/** The database, as the role of the dashboards. */
	reader: pg.Client;
	/** Unix time, in seconds, at which the certificate of minitwit.example was made, and how long it is valid. */
	certificate: { madeAt: number; seconds: number };
	stop(): Promise<void>;
}

interface Discovery {
	dns_sd_configs?: unknown;
	file_sd_configs?: unknown;
	static_configs?: { targets: string[] }[];
}

interface PrometheusFile {
	global: Record<string, unknown>;
	rule_files: string[];
	alerting: { alertmanagers: Discovery[] };
	scrape_configs: (Discovery & {
		job_name: string;
		relabel_configs?: { target_label: string; replacement?: string; source_labels?: string[] }[];
	})[];
}

interface AlertmanagerFile {
	route: Record<string, unknown> & { routes: Record<string, unknown>[] };
	receivers: { name: string; webhook_configs?: { url: string }[] }[];
}

/** Starts everything. `serverUrl` is the maintenance database of PostgreSQL. */
export async function startMonitoredSystem(serverUrl: string): Promise<MonitoredSystem> {
	const folder = mkdtempSync(join(tmpdir(), 'minitwit-monitoring-'));
	const stops: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
	/** Ends it with the rest, the last first. */
	const keep = <Started extends { stop(): Promise<void> }>(started: Started): Started => {
		stops.push(() => started.stop());
		return started;
	};
	const stop = async () => {
		for (const end of stops.toReversed()) await end();
	};
	try {
		return { ...(await start(serverUrl, folder, keep, stops)), stop };
	} catch (error) {
		await stop();
		throw error;
	}
}

async function start(
	serverUrl: string,
	folder: string,
	keep: <Started extends { stop(): Promise<void> }>(started: Started) => Started,
	stops: (() => unknown)[]
): Promise<Omit<MonitoredSystem, 'stop'>> {
	const database = await createTestDatabase(serverUrl);
	stops.push(database.drop);
	const roles = await createRoles(database.url);
	stops.push(roles.drop);
	stops.push(await startStandby(database.url));
	const reader = new pg.Client({ connectionString: roles.readerUrl });
	await reader.connect();
	stops.push(() => reader.end());

	const replicas = (kind: 'web' | 'api') =>
		Promise.all([1, 2].map(async () => keep(await startReplica(kind, database.url, folder))));
	const [web, api] = await Promise.all([replicas('web'), replicas('api')]);

	const certificate = makeCertificate(folder);
	const nodeExporter = keep(
		await startProgram('prometheus-node-exporter', '/metrics', folder, (address) => [
			`--web.listen-address=${address}`,
			`--collector.textfile.directory=${join(folder, 'textfiles')}`
		])
	);
	const postgresExporter = keep(
		await startProgram(
			'prometheus-postgres-exporter',
			'/metrics',
			folder,
			(address) => [`--web.listen-address=${address}`],
			{
				DATA_SOURCE_NAME: `${roles.exporterUrl}?sslmode=disable`
			}
		)
	);
	const [filebeat, filebeatExporter, webhook] = await Promise.all([
		serveFilebeat(),
		serveFilebeatExporter(),
		serveWebhook()
	]);
	[filebeat, filebeatExporter, webhook].forEach(keep);

	writeFileSync(join(folder, 'alertmanager.yml'), stringify(alertmanagerFile(`http://${webhook.address}`)));
	const alertmanager = keep(
		await startProgram('prometheus-alertmanager', '/-/ready', folder, (address) => [
			'--config.file=alertmanager.yml',
			'--storage.path=alertmanager',
			'--cluster.listen-address=',
			`--web.listen-address=${address}`
		])
	);
	const deadTarget = `127.0.0.1:${await findFreePort()}`;
	const targets = {
		web: web.map(({ port }) => `127.0.0.1:${port}`),
		api: api.map(({ port }) => `127.0.0.1:${port}`),
		postgres: [postgresExporter.address],
		node: [nodeExporter.address, deadTarget],
		alertmanager: [alertmanager.address],
		filebeat: [filebeat.address]
	};
	writeRules(folder);
	const prometheus = keep(
		await startProgram(
			'prometheus',
			'/-/ready',
			folder,
			(address) => {
				const file = prometheusFile({ ...targets, prometheus: [address] }, filebeatExporter.address);
				writeFileSync(join(folder, 'prometheus.yml'), stringify(file));
				return [
					'--config.file=prometheus.yml',
					'--storage.tsdb.path=metrics',
					'--enable-feature=expand-external-labels',
					`--web.listen-address=${address}`
				];
			},
			{ RUNBOOKS_URL: 'https://runbooks.example' }
		)
	);
	return {
		web,
		api,
		prometheus: prometheus.origin,
		alertmanager: alertmanager.origin,
		deadTarget,
		notices: webhook.notices,
		reader,
		certificate
	};
}

/** Roles with the rights of minitwit_readonly and minitwit_exporter. Those belong to the whole server: named for once. */
async function createRoles(url: string): Promise<{ readerUrl: string; exporterUrl: string; drop(): Promise<void> }> {
	const suffix = crypto.randomUUID().replaceAll('-', '');
	const password = crypto.randomUUID();
	const [reader, exporter] = [`reader_${suffix}`, `exporter_${suffix}`];
	const run = async (...statements: string[]) => {
		const client = new pg.Client({ connectionString: url });
		await client.connect();
		for (const statement of statements) await client.query(statement);
		await client.end();
	};
	await run(
		`CREATE ROLE ${reader} LOGIN PASSWORD '${password}'`,
		`GRANT SELECT (id, created_at) ON users TO ${reader}`,
		`GRANT SELECT (author_id, posted_at) ON messages TO ${reader}`,
		`GRANT SELECT (followed_at) ON follows TO ${reader}`,
		`GRANT SELECT ON user_counts TO ${reader}`,
		`CREATE ROLE ${exporter} LOGIN PASSWORD '${password}' IN ROLE pg_monitor`
	);
	const urlAs = (role: string) => Object.assign(new URL(url), { username: role, password }).href;
	return {
		readerUrl: urlAs(reader),
		exporterUrl: urlAs(exporter),
		drop: () => run(`DROP OWNED BY ${reader}, ${exporter}`, `DROP ROLE ${reader}, ${exporter}`)
	};
}

/** Makes a certificate, and has its end written down as the service acme does. */
function makeCertificate(folder: string): { madeAt: number; seconds: number } {
	const [file, host] = [join(folder, 'certificate.pem'), 'minitwit.example'];
	mkdirSync(join(folder, 'textfiles'));
	const madeAt = Math.floor(Date.now() / 1000);
	const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(folder, 'key.pem')];
	const wanted = ['-x509', '-subj', `/CN=${host}`, '-days', String(CERTIFICATE_DAYS), '-out', file];
	execFileSync(requireProgram('openssl'), ['req', ...wanted, ...key], { stdio: 'ignore' });
	const script = resolve(PROMETHEUS_FOLDER, 'certificate-expiry.sh');
	execFileSync(script, [file, host, join(folder, 'textfiles', 'certificate.prom')]);
	return { madeAt, seconds: CERTIFICATE_DAYS * 86_400 };
}

/** The production's configuration, with the addresses of a test in place of names, and without patience. */
function prometheusFile(targets: Record<string, string[]>, filebeatExporter: string): PrometheusFile {
	const file = readYaml<PrometheusFile>(join(PROMETHEUS_FOLDER, 'prometheus.yml'));
	const locate = (discovery: Discovery, addresses: string[] = []) => {
		delete discovery.dns_sd_configs;
		delete discovery.file_sd_configs;
		discovery.static_configs = [{ targets: addresses }];
	};
	Object.assign(file.global, { scrape_interval: SECOND, scrape_timeout: SECOND, evaluation_interval: SECOND });
	for (const alertmanager of file.alerting.alertmanagers) locate(alertmanager, targets.alertmanager);
	for (const job of file.scrape_configs) {
		locate(job, targets[job.job_name]);
		for (const rule of job.relabel_configs ?? [])
			if (rule.target_label === '__address__') rule.replacement = filebeatExporter;
	}
	return file;
}

/** The production's rules, evaluated each second, and with alerts that wait for nothing. */
function writeRules(folder: string): void {
	mkdirSync(join(folder, 'rules'));
	for (const [index, path] of RULE_FILES.entries()) {
		const { groups } = readYaml<RuleFile>(path);
		for (const group of groups) {
			group.interval = SECOND;
			for (const rule of group.rules) delete rule.for;
		}
		writeFileSync(join(folder, 'rules', `${index}.yml`), stringify({ groups }));
	}
}

function alertmanagerFile(url: string): AlertmanagerFile {
	const file = readYaml<AlertmanagerFile>('deployment/alertmanager/alertmanager.yml');
	for (const route of [file.route, ...file.route.routes]) Object.assign(route, HURRIED);
	for (const webhook of file.receivers.flatMap(({ webhook_configs = [] }) => webhook_configs)) webhook.url = url;
	return file;
}
