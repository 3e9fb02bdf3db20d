import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

const STACK = `services:
  web:
    image: minitwit/web:\${IMAGE_TAG}
configs:
  nginx:
    name: nginx-\${CONFIG_VERSION}
    file: ./deployment/nginx/nginx.conf
secrets:
  database_url:
    external: true
  simulator_password:
    external: true
`;

interface Outcome {
	code: number | null;
	output: string;
	/** The calls of the stand-ins, in order. */
	calls: string[];
}

/** A simulated swarm: the scripts of deployment/swarm with stand-ins for every program that uses the network. */
export class SwarmStandIn {
	readonly folder: string;

	constructor(folder: string) {
		this.folder = folder;
	}

	addHost(address: string): void {
		this.write(`state/hosts/${address}/swarm`, 'inactive\n');
		this.write(`state/hosts/${address}/private`, `${address.replace('203.0.113', '10.110.0')}\n`);
	}

	write(file: string, text: string): void {
		mkdirSync(join(this.folder, file, '..'), { recursive: true });
		writeFileSync(join(this.folder, file), text);
	}

	/** The contents of a file of the state, without the final line break. */
	read(file: string): string {
		return readFileSync(join(this.folder, file), 'utf8').trimEnd();
	}

	/** Runs a script of deployment/swarm to completion, with `input` on its standard input. */
	run(script: string, args: string[] = [], settings: Record<string, string> = {}, input = ''): Promise<Outcome> {
		this.write('state/calls', '');
		const env = {
			PATH: `${resolve('tests/deployment/stand-ins')}:/usr/bin:/bin`,
			STAND_IN: join(this.folder, 'state'),
			PRIVATE_NETWORK: '10.110.0.0/20',
			POLL_SECONDS: '0',
			STEADY_POLLS: '2',
			...settings
		};
		const child = spawn(join(this.folder, 'deployment/swarm', script), args, { env, cwd: this.folder });
		child.stdin.end(input);
		let output = '';
		child.stdout.on('data', (part) => (output += part));
		child.stderr.on('data', (part) => (output += part));
		return new Promise((done, refuse) => {
			child.on('error', refuse);
			child.on('close', (code) => done({ code, output, calls: this.read('state/calls').split('\n') }));
		});
	}

	/** Runs a script and throws if it fails. */
	async succeed(script: string, args: string[] = [], settings: Record<string, string> = {}): Promise<Outcome> {
		const outcome = await this.run(script, args, settings);
		if (outcome.code !== 0) throw new Error(`${script} ended with ${outcome.code}: ${outcome.output}`);
		return outcome;
	}
}

/** Hosts with these public addresses, in no swarm, and a folder `keys` with the stack's secrets. The caller removes it. */
function makeHosts(...addresses: string[]): SwarmStandIn {
	const swarm = new SwarmStandIn(mkdtempSync(join(tmpdir(), 'minitwit-swarm-')));
	cpSync('deployment/swarm', join(swarm.folder, 'deployment/swarm'), { recursive: true });
	for (const folder of ['secrets', 'services', 'nodes', 'hosts'])
		mkdirSync(join(swarm.folder, 'state', folder), { recursive: true });
	swarm.write('stack.yml', STACK);
	swarm.write('deployment/nginx/nginx.conf', 'events {}');
	swarm.write('deployment/vagrant/.env', 'REGION=fra1\nWORKERS=2\n');
	swarm.write(
		'deployment/.env',
		"SITE_HOST='minitwit.example'\nMANAGER=203.0.113.1\n# replicas\nWEB_REPLICAS=2\nAPI_REPLICAS=2\n"
	);
	swarm.write('keys/database_url', 'postgres://app:s3cret@10.110.0.9/minitwit');
	swarm.write('keys/simulator_password', 'pa55');
	for (const address of addresses) swarm.addHost(address);
	return swarm;
}

/** As makeHosts, but removed after the test. */
export function hosts(...addresses: string[]): SwarmStandIn {
	const swarm = makeHosts(...addresses);
	onTestFinished(() => rmSync(swarm.folder, { recursive: true }));
	return swarm;
}

/** Template swarms, by their workers, created once per test file. */
const templates = new Map<string, Promise<SwarmStandIn>>();
afterAll(async () => {
	for (const template of templates.values()) rmSync((await template).folder, { recursive: true });
});

async function makeTemplate(workers: string[]): Promise<SwarmStandIn> {
	const swarm = makeHosts('203.0.113.1', ...workers);
	await swarm.succeed('init.sh', ['keys', '203.0.113.1']);
	await swarm.succeed('deploy.sh', ['1']);
	if (workers.length > 0) await swarm.succeed('add-workers.sh', workers);
	return swarm;
}

/** A swarm of one manager, 203.0.113.1, with release 1 deployed and then these workers added, removed after the test. */
export async function deployedSwarm(...workers: string[]): Promise<SwarmStandIn> {
	const template = templates.get(workers.join()) ?? makeTemplate(workers);
	templates.set(workers.join(), template);
	const folder = mkdtempSync(join(tmpdir(), 'minitwit-swarm-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	cpSync((await template).folder, folder, { recursive: true });
	return new SwarmStandIn(folder);
}

/** Matches calls that change nothing. */
const LOOKS = /info --format|inspect|ls --format|node ls|node ps|services --|join-token|ip -4|^curl|stack config/;

/** The calls that change something. */
export const changes = (calls: string[]): string[] => calls.filter((call) => call !== '' && !LOOKS.test(call));
