import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
	GRAFANA_FOLDER,
	PROMETHEUS_FOLDER,
	RULE_TEST_FILES,
	listAlerts,
	listDashboards,
	listQueries,
	readYaml
} from './monitoring-files.ts';
import { metricsOf } from './prometheus-api.ts';

interface RuleTests {
	tests: { alert_rule_test?: { alertname: string; exp_alerts: unknown[] }[] }[];
}

interface Datasources {
	datasources: { uid: string; type: string; secureJsonData?: Record<string, string> }[];
}

interface Alertmanager {
	inhibit_rules: { source_matchers: string[]; target_matchers: string[] }[];
}

const alerts = listAlerts();
const names = alerts.map(({ alert }) => alert);

describe('alerts', () => {
	test.each(alerts)('$alert has a severity, a summary and a runbook', ({ alert, ...rule }) => {
		expect(rule.labels?.severity).toMatch(/^(critical|warning)$/);
		expect(rule.annotations).toEqual({
			summary: expect.stringMatching(/\w/),
			description: expect.stringMatching(/\w.*\.$/),
			runbook_url: expect.stringContaining('{{ $externalLabels.runbooks }}/alerts.md#')
		});
		const anchor = alert.replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase();
		expect(rule.annotations?.runbook_url).toMatch(new RegExp(`#${anchor}$`));
	});

	test('the runbook has exactly one chapter per alert', () => {
		const runbook = readFileSync('docs/alerts.md', 'utf8');
		const chapters = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title]) => String(title));
		const anchors = chapters.map((title) => title.toLowerCase().replaceAll(' ', '-'));
		expect(anchors).toEqual(alerts.map(({ annotations }) => annotations?.runbook_url?.replace(/^.*#/, '')));
	});

	test('each fires in one rule test and does not fire in another', () => {
		const cases = RULE_TEST_FILES.flatMap((path) => readYaml<RuleTests>(path).tests).flatMap(
			({ alert_rule_test = [] }) => alert_rule_test
		);
		const namesWhere = (fires: boolean) =>
			cases.filter(({ exp_alerts }) => exp_alerts.length > 0 === fires).map(({ alertname }) => alertname);
		expect([...new Set(namesWhere(true))].sort()).toEqual([...names].sort());
		expect([...new Set(namesWhere(false))].sort()).toEqual([...names].sort());
	});

	test("Alertmanager's inhibition rules name existing alerts", () => {
		const { inhibit_rules } = readYaml<Alertmanager>('deployment/alertmanager/alertmanager.yml');
		const matchers = inhibit_rules.flatMap(({ source_matchers, target_matchers }) =>
			[...source_matchers, ...target_matchers].map((matcher) => /^alertname =~? "(.+)"$/.exec(matcher)?.[1] ?? matcher)
		);
		for (const name of matchers.flatMap((matcher) => matcher.split('|')))
			expect(names.filter((alert) => new RegExp(`^(${name})$`).test(alert))).not.toEqual([]);
	});
});

test("the rules use the metrics that Filebeat's exporter provides", () => {
	const { modules } = readYaml<{ modules: { filebeat: { metrics: { name: string }[] } } }>(
		join(PROMETHEUS_FOLDER, 'filebeat-exporter.yml')
	);
	const told = modules.filebeat.metrics.map(({ name }) => name);
	const asked = [...alerts, ...listQueries()].flatMap(({ expr }) => metricsOf(expr ?? ''));
	expect([...new Set(asked.filter((name) => name.startsWith('filebeat_')))].sort()).toEqual(told.sort());
});

describe('metrics in an expression', () => {
	test.each([
		['up', ['up']],
		['sum by (job) (rate(a_total{job=~"b|c",route!~"d"}[5m])) / on (job) group_left e:f:g', ['a_total', 'e:f:g']],
		['(min(a) or vector(0)) == 0 and predict_linear(b[6h], 12 * 3600) < 1.5e3', ['a', 'b']],
		['label_replace(a, "class", "$1", "status", "(.)..")', ['a']]
	])('%s', (expression, metrics) => {
		expect(metricsOf(expression)).toEqual(metrics);
	});
});

describe('dashboards', () => {
	const dashboards = listDashboards();
	const { datasources } = readYaml<Datasources>(join(GRAFANA_FOLDER, 'provisioning/datasources/datasources.yml'));

	test('have unique names', () => {
		expect(dashboards.map(({ uid }) => uid).sort()).toEqual(['minitwit-business', 'minitwit-infrastructure']);
	});

	test.each(dashboards)('$title has panels with unique ids, titles and positions', ({ schemaVersion, panels }) => {
		expect(schemaVersion).toBeGreaterThanOrEqual(42);
		for (const key of ['id', 'title'] as const)
			expect(new Set(panels.map((panel) => panel[key])).size, key).toBe(panels.length);
		const places = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
			Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`)
		);
		expect(new Set(places).size).toBe(places.length);
		for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
	});

	test.each(dashboards)('$title queries provisioned data sources, in their language', ({ panels }) => {
		for (const { type, title, datasource, targets = [] } of panels.filter(({ type }) => type !== 'row')) {
			expect(targets, `${type} ${title}`).not.toEqual([]);
			expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
			for (const query of targets) {
				expect(query.datasource).toEqual(datasource);
				expect(datasources).toContainEqual(expect.objectContaining(query.datasource));
				expect(typeof (query.datasource.uid === 'prometheus' ? query.expr : query.rawSql), title).toBe('string');
			}
		}
	});

	test('the password is a secret, not a literal', () => {
		const passwords = datasources.flatMap(({ secureJsonData = {} }) => Object.values(secureJsonData));
		expect(passwords).toEqual(['$__file{/run/secrets/grafana_database_password}']);
	});
});
