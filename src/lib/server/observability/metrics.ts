import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics, register } from 'prom-client';
import { poolMetrics } from '#lib/server/database/database.ts';
import { replicaMetrics } from '#lib/server/database/replica-reads.ts';

/** The registry of the domain's metrics. */
export const registry = new Registry();

/** The Content-Type of `readMetrics`. */
export const METRICS_TYPE = registry.contentType;

/** Resolves to all metrics in the Prometheus text format: the domain's and those of HTTP. */
export function readMetrics(): Promise<string> {
	return Registry.merge([registry, register]).metrics();
}

collectDefaultMetrics({ register: registry });

const modelChanges = new Counter({
	name: 'minitwit_model_changes_total',
	help: 'Rows inserted, updated and deleted, by model',
	labelNames: ['model', 'operation'] as const,
	registers: [registry]
});

const logIns = new Counter({
	name: 'minitwit_log_ins_total',
	help: 'Attempts to log in, by outcome',
	labelNames: ['outcome'] as const,
	registers: [registry]
});

const poolConnections = new Gauge({
	name: 'minitwit_database_pool_connections',
	help: 'Connections of this process to PostgreSQL by state, and requests that wait for one, by database',
	labelNames: ['database', 'state'] as const,
	registers: [],
	collect() {
		const pools = { primary: poolMetrics(), replica: replicaMetrics()?.pool };
		for (const [database, metrics] of Object.entries(pools))
			for (const [state, count] of Object.entries(metrics ?? {})) this.set({ database, state }, count);
	}
});
registry.registerMetric(poolConnections);

const batchSize = new Histogram({
	name: 'minitwit_batch_size',
	help: 'Requests that share a statement, by kind of statement',
	labelNames: ['batch'] as const,
	buckets: [1, 2, 4, 8, 16, 32, 64, 100],
	registers: [registry]
});

const batchWait = new Histogram({
	name: 'minitwit_batch_wait_seconds',
	help: 'Time that the first request of a statement waited for it, by kind of statement',
	labelNames: ['batch'] as const,
	buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
	registers: [registry]
});

const eventStreams = new Gauge({
	name: 'minitwit_event_streams',
	help: 'Event streams that are open in this process',
	registers: [registry]
});

const databaseLag = new Gauge({
	name: 'minitwit_database_lag_seconds',
	help: 'Upper bound of the age of the data that a read replica returns',
	labelNames: ['database'] as const,
	registers: [],
	collect() {
		const metrics = replicaMetrics();
		if (metrics) this.set({ database: 'replica' }, metrics.lagSeconds);
	}
});
registry.registerMetric(databaseLag);

export type Model = 'user' | 'message' | 'follower';
export type Operation = 'insert' | 'update' | 'delete';
export type LogInOutcome = 'success' | 'failure' | 'limited';

// Initialize all series so that a rate shows zero and not a gap.
for (const model of ['user', 'message', 'follower'] satisfies Model[]) {
	for (const operation of ['insert', 'update', 'delete'] satisfies Operation[])
		modelChanges.inc({ model, operation }, 0);
}
for (const outcome of ['success', 'failure', 'limited'] satisfies LogInOutcome[]) logIns.inc({ outcome }, 0);

/** Counts changed rows. */
export function countChange(model: Model, operation: Operation, rows = 1): void {
	if (rows > 0) modelChanges.inc({ model, operation }, rows);
}

/** Counts a log-in attempt. */
export function countLogIn(outcome: LogInOutcome): void {
	logIns.inc({ outcome });
}

/** Records a batch: its number of requests, and how long the first of them waited. */
export function observeBatch(batch: string, size: number, waitSeconds: number): void {
	batchSize.observe({ batch }, size);
	batchWait.observe({ batch }, waitSeconds);
}

/** Sets the number of open event streams. */
export function setOpenStreams(count: number): void {
	eventStreams.set(count);
}
