import { on } from './lab.ts';

/* What the swarm's manager says. */

/** One task of a service. */
export interface Task {
	node: string;
	/** `running`, `complete`, `failed` and so on. */
	state: string;
	/** When it reached this state. */
	since: Date;
}

/** Lists the tasks that the engine still knows, also ended ones. */
export async function listTasks(service: string): Promise<Task[]> {
	const ids = `$(docker service ps --quiet --no-trunc minitwit_${service})`;
	const format = '{{.NodeID}} {{.Status.State}} {{.Status.Timestamp.Format "2006-01-02T15:04:05.000Z07:00"}}';
	const lines = await on('m1', `docker inspect --type task --format '${format}' ${ids}`);
	const names = await nodeNames();
	return lines.split('\n').map((line) => {
		const [id = '', state = '', since = ''] = line.split(' ');
		return { node: names.get(id) ?? id, state, since: new Date(since) };
	});
}

async function nodeNames(): Promise<Map<string, string>> {
	const lines = await on('m1', `docker node ls --format '{{.ID}} {{.Hostname}}'`);
	return new Map(lines.split('\n').map((line) => line.split(' ') as [string, string]));
}

/** Lists the nodes on which a service's tasks run, one entry per task. */
export async function nodesOf(service: string): Promise<string[]> {
	const tasks = await listTasks(service);
	return tasks.filter(({ state }) => state === 'running').map(({ node }) => node);
}

/** Returns the number of a service's tasks that run on nodes that are there. */
export async function runningTasks(service: string): Promise<number> {
	const down = (await on('m1', `docker node ls --format '{{.Hostname}} {{.Status}}'`)).split('\n');
	const isLost = (node: string) => down.includes(`${node} Down`);
	return (await nodesOf(service)).filter((node) => !isLost(node)).length;
}

/** Returns the desired number of replicas of a service. */
export async function replicasOf(service: string): Promise<number> {
	return Number(
		await on('m1', `docker service inspect --format '{{.Spec.Mode.Replicated.Replicas}}' minitwit_${service}`)
	);
}

/** Returns whether the swarm considers a node lost. */
export async function isDown(node: string): Promise<boolean> {
	return (await on('m1', `docker node inspect --format '{{.Status.State}}' ${node}`)) === 'down';
}

/** Returns the tag of a service's image. */
export async function releaseOf(service: string): Promise<string> {
	const format = '{{.Spec.TaskTemplate.ContainerSpec.Image}}';
	const image = await on('m1', `docker service inspect --format '${format}' minitwit_${service}`);
	return image.replace(/@.*/, '').replace(/.*:/, '');
}

interface Alert {
	labels: { alertname: string; job?: string; instance?: string; slo?: string };
	state: string;
}

/** Lists the alerts that are pending or fire, without those of speed and disks: the machines share this one's. */
export async function listAlerts(): Promise<string[]> {
	const { data } = JSON.parse(await askPrometheus('/api/v1/alerts')) as { data: { alerts: Alert[] } };
	return data.alerts
		.filter(({ labels }) => !labels.slo?.endsWith('ms') && labels.alertname !== 'DiskFilling')
		.map(({ labels: { alertname, job, instance, slo }, state }) =>
			[state, alertname, job, instance, slo].filter(Boolean).join(' ')
		);
}

/** Returns Prometheus's answer. */
export function askPrometheus(path: string): Promise<string> {
	return askMonitoring(`http://127.0.0.1:9090${path}`);
}

/** Returns the answer of a server in the network `monitoring`, or of Prometheus itself. */
export function askMonitoring(url: string): Promise<string> {
	const container = '$(docker ps --quiet --filter name=minitwit_prometheus)';
	return on('m1', `docker exec ${container} wget -q -O - '${url}'`);
}
