import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { findFreePort } from '../../bin/ports.ts';
import { createTestDatabase } from '../database-server.ts';
import { writeAlertmanagerFile, writePrometheusFile, writeRules } from './monitoring-configuration.ts';
import { PROMETHEUS_FOLDER } from './monitoring-files.ts';
import { startProgram } from './monitoring-programs.ts';
import { createRoles } from './monitoring-roles.ts';
import { serveFilebeat, serveFilebeatExporter, serveWebhook, startStandby } from './monitoring-standins.ts';
import { requireProgram } from './programs.ts';
import { type Replica, startReplica } from './replicas.ts';

const CERTIFICATE_DAYS = 60;

/** Two web and two API servers on PostgreSQL, and their monitoring. */
export interface MonitoredSystem {
	web: Replica[];
	api: Replica[];
	/** Base URLs of their HTTP APIs. */
	prometheus: string;
	alertmanager: string;
	/** The address of a target on which nothing listens. */
	deadTarget: string;
	/** The notifications that the webhook received. */
	notices: Awaited<ReturnType<typeof serveWebhook>>['notices'];
	/** The database URL for the role of the dashboards. */
	reader: pg.Client;
	/** Unix time, in seconds, at which the certificate of minitwit.example was created, and its period of validity. */
	certificate: { madeAt: number; seconds: number };
	stop(): Promise<void>;
}

/** Registers a clean-up function; they run in reverse order. */
type Keep = <Started extends { stop(): Promise<void> }>(started: Started) => Started;

/** Starts the system. `serverUrl` is the maintenance database of PostgreSQL. */
export async function startMonitoredSystem(serverUrl: string): Promise<MonitoredSystem> {
	const folder = mkdtempSync(join(tmpdir(), 'minitwit-monitoring-'));
	const stops: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
	const keep: Keep = (started) => {
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
	keep: Keep,
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
	const exporters = await startExporters(folder, roles.exporterUrl, keep);
	const webhook = keep(await serveWebhook());
	writeAlertmanagerFile(folder, `http://${webhook.address}`);
	const alertmanager = keep(
		await startProgram('prometheus-alertmanager', '/-/ready', folder, (address) => [
			'--config.file=alertmanager.yml',
			'--storage.path=alertmanager',
			'--cluster.listen-address=',
			`--web.listen-address=${address}`
		])
	);
	const deadTarget = `127.0.0.1:${await findFreePort()}`;
	const addressesOf = (list: Replica[]) => list.map(({ port }) => `127.0.0.1:${port}`);
	const targets = {
		web: addressesOf(web),
		api: addressesOf(api),
		postgres: [exporters.postgres],
		node: [exporters.node, deadTarget],
		alertmanager: [alertmanager.address],
		filebeat: [exporters.filebeat]
	};
	const prometheus = keep(await startPrometheus(folder, targets, exporters.filebeatExporter));
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

/** Resolves to the addresses of the targets other than web and API. */
async function startExporters(folder: string, databaseUrl: string, keep: Keep) {
	const node = await startProgram('prometheus-node-exporter', '/metrics', folder, (address) => [
		`--web.listen-address=${address}`,
		`--collector.textfile.directory=${join(folder, 'textfiles')}`
	]);
	keep(node);
	const postgres = await startProgram(
		'prometheus-postgres-exporter',
		'/metrics',
		folder,
		(address) => [`--web.listen-address=${address}`],
		{ DATA_SOURCE_NAME: `${databaseUrl}?sslmode=disable` }
	);
	keep(postgres);
	const [filebeat, filebeatExporter] = [keep(await serveFilebeat()), keep(await serveFilebeatExporter())];
	return {
		node: node.address,
		postgres: postgres.address,
		filebeat: filebeat.address,
		filebeatExporter: filebeatExporter.address
	};
}

function startPrometheus(folder: string, targets: Record<string, string[]>, filebeatExporter: string) {
	writeRules(folder);
	const args = (address: string) => {
		writePrometheusFile(folder, { ...targets, prometheus: [address] }, filebeatExporter);
		return [
			'--config.file=prometheus.yml',
			'--storage.tsdb.path=metrics',
			'--enable-feature=expand-external-labels',
			`--web.listen-address=${address}`
		];
	};
	return startProgram('prometheus', '/-/ready', folder, args, { RUNBOOKS_URL: 'https://runbooks.example' });
}

/** Creates a certificate and writes its expiry date as the service acme does. */
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
