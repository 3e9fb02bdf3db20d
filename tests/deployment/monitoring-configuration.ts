import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { PROMETHEUS_FOLDER, RULE_FILES, type RuleFile, readYaml } from './monitoring-files.ts';

/** Production's files, with the addresses of a test instead of names, and shorter intervals. */

const SECOND = '1s';
const HURRIED = { group_wait: SECOND, group_interval: SECOND };

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

/** Writes `prometheus.yml`: each job and Alertmanager has the `targets` of its name, scraped every second. */
export function writePrometheusFile(folder: string, targets: Record<string, string[]>, filebeatExporter: string): void {
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
	writeFileSync(join(folder, 'prometheus.yml'), stringify(file));
}

/** Writes `rules/`: evaluated every second, with alerts that fire at once. */
export function writeRules(folder: string): void {
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

/** Writes `alertmanager.yml` with the webhook `url`. */
export function writeAlertmanagerFile(folder: string, url: string): void {
	const file = readYaml<AlertmanagerFile>('deployment/alertmanager/alertmanager.yml');
	for (const route of [file.route, ...file.route.routes]) Object.assign(route, HURRIED);
	for (const webhook of file.receivers.flatMap(({ webhook_configs = [] }) => webhook_configs)) webhook.url = url;
	writeFileSync(join(folder, 'alertmanager.yml'), stringify(file));
}
