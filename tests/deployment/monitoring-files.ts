import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** Reads the files of deployment/prometheus, deployment/alertmanager and deployment/grafana. */

export interface Rule {
	alert?: string;
	record?: string;
	expr: string;
	for?: string;
	labels?: Record<string, string>;
	annotations?: Record<string, string>;
}

export interface RuleFile {
	groups: { name: string; interval?: string; rules: Rule[] }[];
}

interface Query {
	refId: string;
	datasource: { type: string; uid: string };
	expr?: string;
	rawSql?: string;
	instant?: boolean;
}

interface Panel {
	id: number;
	type: string;
	title: string;
	datasource?: { type: string; uid: string };
	gridPos: { x: number; y: number; w: number; h: number };
	targets?: Query[];
}

export interface Dashboard {
	uid: string;
	title: string;
	schemaVersion: number;
	panels: Panel[];
}

export const PROMETHEUS_FOLDER = 'deployment/prometheus';
export const GRAFANA_FOLDER = 'deployment/grafana';
const RULES_FOLDER = join(PROMETHEUS_FOLDER, 'rules');
const DASHBOARDS_FOLDER = join(GRAFANA_FOLDER, 'dashboards');

export const readYaml = <Content>(path: string) => parse(readFileSync(path, 'utf8')) as Content;

const filesIn = (folder: string, ending: string) =>
	readdirSync(folder)
		.filter((name) => name.endsWith(ending))
		.map((name) => join(folder, name));

export const RULE_FILES = filesIn(RULES_FOLDER, '.yml');
export const RULE_TEST_FILES = filesIn(join(RULES_FOLDER, 'tests'), '.yml');

/** All rules, in file order. */
export const listRules = () =>
	RULE_FILES.flatMap((path) => readYaml<RuleFile>(path).groups.flatMap(({ rules }) => rules));

/** All alerts. */
export const listAlerts = () =>
	listRules().filter((rule): rule is Rule & { alert: string } => rule.alert !== undefined);

export const listDashboards = () =>
	filesIn(DASHBOARDS_FOLDER, '.json').map((path) => JSON.parse(readFileSync(path, 'utf8')) as Dashboard);

/** Every query of every dashboard, with the title of its panel. */
export const listQueries = () =>
	listDashboards().flatMap((dashboard) =>
		dashboard.panels.flatMap(({ title, targets = [] }) =>
			targets.map((query) => ({ panel: `${dashboard.title}: ${title}`, ...query }))
		)
	);
