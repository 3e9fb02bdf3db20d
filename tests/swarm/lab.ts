import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/* The machines of the lab, and commands on them. swarm.sh sets LAB, the lab's folder. */

export const FOLDER = process.env.LAB ?? '';
const LOG = join(FOLDER, 'log', 'commands.log');

/** The last part of their names is the last part of their addresses. */
export const MACHINES = { m1: 11, w1: 14, w2: 15, db: 20, op: 5, one: 16 };
export type Machine = keyof typeof MACHINES;

export interface Result {
	code: number;
	/** Standard output and error. */
	output: string;
	seconds: number;
}

/** Runs a program and resolves when it has ended. Its output is also appended to the lab's log. */
export function run(command: string[], env: Record<string, string> = {}, input = ''): Promise<Result> {
	const [program = '', ...args] = command;
	const started = performance.now();
	return new Promise((resolve) => {
		const child: ChildProcess = spawn(program, args, { env: { ...process.env, ...env } });
		let output = '';
		for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => (output += part));
		child.stdin?.on('error', () => undefined);
		child.stdin?.end(input);
		child.on('error', (error) => (output += error.message));
		child.on('close', (code) => {
			appendFileSync(LOG, `$ ${command.join(' ')}\n${output}\n`);
			resolve({ code: code ?? 1, output, seconds: (performance.now() - started) / 1_000 });
		});
	});
}

/** Runs one of the lab's scripts. Resolves to its output. @throws if it fails */
export async function script(name: string, ...args: string[]): Promise<string> {
	return requireSuccess(await run([join(import.meta.dirname, name), ...args]), `${name} ${args.join(' ')}`);
}

/** Runs a line of shell on a machine. Resolves to its output. @throws if it fails */
export function on(machine: Machine, line: string): Promise<string> {
	return script('machine.sh', 'run', machine, 'bash', '-c', line);
}

/** Runs a command as the operator, in the repository. */
export function operate(command: string[], input = ''): Promise<Result> {
	return run([join(import.meta.dirname, 'operator.sh'), ...command], {}, input);
}

/** As `operate`. Resolves to the output. @throws if the command fails */
export async function mustOperate(command: string[], input = ''): Promise<string> {
	return requireSuccess(await operate(command, input), command.join(' '));
}

function requireSuccess({ code, output }: Result, what: string): string {
	if (code !== 0) throw new Error(`${what} ended with ${code}:\n${output.slice(-3_000)}`);
	return output.trim();
}

/** Asks again until `check` resolves to something other than null. @throws after `seconds`, with `what` */
export async function waitFor<Value>(
	what: string,
	seconds: number,
	check: () => Promise<Value | null>
): Promise<Value> {
	const deadline = performance.now() + seconds * 1_000;
	for (;;) {
		const value = await check();
		if (value !== null) return value;
		if (performance.now() > deadline) throw new Error(`After ${seconds} s it is not so that ${what}.`);
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}
