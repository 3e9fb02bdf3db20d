import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { type DebianProgram } from '../../tools/debian-programs.ts';
import { type MonitoredSystem, startMonitoredSystem } from './monitored-system.ts';
import { PROMETHEUS_FOLDER, RULE_TEST_FILES, listAlerts, listQueries, listRules } from './monitoring-files.ts';
import { requireProgram } from './programs.ts';
import { askPrometheus, evaluate, evaluateRange, hasData, metricsOf } from './prometheus-api.ts';

function run(program: DebianProgram, ...args: string[]): { status: number | null; output: string } {
	const { status, stdout, stderr } = spawnSync(requireProgram(program), args, { encoding: 'utf8' });
	return { status, output: stdout + stderr };
}

describe('the files', () => {
	test('Prometheus accepts its configuration and rules', () => {
		expect(run('promtool', 'check', 'config', '--lint-fatal', join(PROMETHEUS_FOLDER, 'prometheus.yml'))).toMatchObject(
			{
				status: 0,
				output: expect.stringMatching(/2 rule files found[^]*17 rules found/)
			}
		);
	});

	test.each(RULE_TEST_FILES)('promtool test rules %s', (path) => {
		expect(run('promtool', 'test', 'rules', path)).toMatchObject({
			status: 0,
			output: expect.stringContaining('SUCCESS')
		});
	});

	test('Alertmanager accepts its example, with a webhook and mail', () => {
		expect(run('amtool', 'check-config', 'deployment/alertmanager/alertmanager.yml')).toMatchObject({
			status: 0,
			output: expect.stringContaining('2 receivers')
		});
	});
});

describe('a monitored system', () => {
	let system: MonitoredSystem;
	beforeAll(async () => {
		system = await startMonitoredSystem(inject('serverUrl'));
		await visit(0);
	});
	afterAll(() => system?.stop());

	/** Sends typical requests of users and programs to every server. */
	async function visit(round: number): Promise<void> {
		const headers = {
			authorization: `Basic ${Buffer.from('simulator:super_safe!').toString('base64')}`,
			'content-type': 'application/json'
		};
		const [alice, bob] = [`alice${round}`, `bob${round}`];
		for (const { origin } of system.api) {
			const post = (path: string, body: unknown) =>
				fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(body) });
			for (const username of [alice, bob])
				await post('/register', { username, email: `${username}@example.com`, pwd: 'a long password' });
			await post(`/msgs/${alice}`, { content: 'Good morning' });
			await post(`/fllws/${bob}`, { follow: alice });
			for (const path of ['/msgs', `/msgs/${alice}`, `/fllws/${bob}`, '/nothing', '/healthz', '/readyz'])
				await fetch(origin + path, { headers });
		}
		for (const { origin } of system.web)
			for (const path of ['/public', `/${alice}`, '/login', '/nobody/at/all', '/healthz', '/readyz'])
				await fetch(origin + path);
	}

	test('every target except the dead one is up, each under its job', async () => {
		interface Target {
			health: string;
			labels: { job: string; instance: string };
		}
		const jobs = ['alertmanager', 'api', 'api', 'filebeat', 'node', 'node', 'postgres', 'prometheus', 'web', 'web'];
		await vi.waitFor(async () => {
			const { activeTargets } = await askPrometheus<{ activeTargets: Target[] }>(system.prometheus, 'targets');
			expect(activeTargets.map(({ labels }) => labels.job).sort()).toEqual(jobs);
			const failing = activeTargets.filter(({ health }) => health !== 'up');
			expect(failing.map(({ labels }) => labels.instance)).toEqual([system.deadTarget]);
		}, 20_000);
	});

	test('every Prometheus query of the dashboards and every recording rule returns data', async () => {
		const recorded = listRules().flatMap(({ record }) =>
			record ? [{ panel: record, expr: record, instant: true }] : []
		);
		let waiting = [...listQueries().filter(({ expr }) => expr), ...recorded];
		expect(waiting.length).toBeGreaterThan(40);
		const deadline = Date.now() + 40_000;
		for (let round = 1; waiting.length > 0 && Date.now() < deadline; round++) {
			await visit(round);
			const answers = waiting.map(async ({ expr = '', instant }) => {
				const query = expr.replaceAll('$__rate_interval', '10s').replaceAll('$__range', '60s');
				return hasData(await (instant ? evaluate : evaluateRange)(system.prometheus, query));
			});
			const found = await Promise.all(answers);
			waiting = waiting.filter((_, index) => !found[index]);
		}
		expect(waiting.map(({ panel, expr }) => `${panel}: ${expr}`)).toEqual([]);
	});

	test('no dashboard, rule or alert names a metric that does not exist', async () => {
		const expressions = [...listQueries(), ...listRules()].map(({ expr }) => expr ?? '');
		const named = new Set(expressions.flatMap(metricsOf));
		expect(named.size).toBeGreaterThan(40);
		expect(listAlerts().filter(({ expr }) => metricsOf(expr).length === 0)).toEqual([]);
		await vi.waitFor(async () => {
			const names = await askPrometheus<string[]>(system.prometheus, 'label/__name__/values');
			expect([...named].filter((name) => !names.includes(name))).toEqual([]);
		}, 20_000);
	});

	test('requests by Prometheus and health checks have the routes that the service levels exclude', async () => {
		const query = 'count by (job, route) (http_request_duration_seconds_count{route=~"/metrics|/healthz|/readyz"})';
		const expected = ['web', 'api'].flatMap((job) =>
			['/healthz', '/metrics', '/readyz'].map((route) => `${job} ${route}`)
		);
		await vi.waitFor(async () => {
			const found = await evaluate(system.prometheus, query);
			expect(found.map(({ metric }) => `${metric.job} ${metric.route}`).sort()).toEqual(expected.sort());
		}, 20_000);
	});

	test('every SQL query of the dashboards returns data, under a read-only role', async () => {
		const queries = listQueries().filter(({ rawSql }) => rawSql);
		expect(queries.length).toBeGreaterThan(5);
		for (const { panel, rawSql = '' } of queries) {
			const sql = rawSql
				.replaceAll('$__interval', '1m')
				.replace(/\$__timeFilter\((\w+)\)/g, "$1 BETWEEN now() - interval '1 hour' AND now()");
			const { rows } = await system.reader.query(sql);
			const numbers = rows.flatMap((row) => Object.values(row)).filter((value) => !(value instanceof Date));
			expect(numbers.map(Number).every((number) => number > 0) && numbers.length > 0, `${panel}: ${sql}`).toBe(true);
		}
		await expect(system.reader.query('SELECT password_hash FROM users')).rejects.toThrow('permission denied');
	});

	test("the certificate's expiry date is exact to the second", async () => {
		const [series] = await vi.waitUntil(async () => {
			const found = await evaluate(system.prometheus, 'minitwit_certificate_expiry_timestamp_seconds');
			return found.length > 0 && found;
		}, 20_000);
		const { madeAt, seconds } = system.certificate;
		expect(series?.metric).toMatchObject({ host: 'minitwit.example', job: 'node' });
		expect(Number(series?.value?.[1]) - madeAt - seconds).toBeOneOf([0, 1, 2]);
	});

	test('the webhook receives an alert, with a link to its runbook', async () => {
		const notice = await vi.waitUntil(
			() => system.notices.find(({ groupLabels }) => groupLabels.alertname === 'TargetDown'),
			20_000
		);
		expect(notice).toMatchObject({ status: 'firing', groupLabels: { alertname: 'TargetDown', job: 'node' } });
		expect(notice?.alerts).toEqual([
			expect.objectContaining({
				labels: { alertname: 'TargetDown', job: 'node', instance: system.deadTarget, severity: 'warning' },
				annotations: expect.objectContaining({ runbook_url: 'https://runbooks.example/alerts.md#target-down' })
			})
		]);
	});

	test('when the API is down, one alert is sent and its consequences are suppressed', async () => {
		await Promise.all(system.api.map((replica) => replica.kill()));
		interface Alert {
			labels: { alertname: string; job?: string };
			status: { state: string };
		}
		const namesOf = async (state: string) => {
			const reply = await fetch(`${system.alertmanager}/api/v2/alerts`);
			const alerts = ((await reply.json()) as Alert[]).filter(({ labels }) => labels.job === 'api');
			return alerts.filter(({ status }) => status.state === state).map(({ labels }) => labels.alertname);
		};
		await vi.waitFor(async () => {
			expect(await namesOf('suppressed')).toEqual(expect.arrayContaining(['ReplicaMissing', 'TargetDown']));
			expect(await namesOf('active')).toEqual(['ServiceDown']);
		}, 20_000);
		await Promise.all(system.api.map((replica) => replica.start()));
	});
});
