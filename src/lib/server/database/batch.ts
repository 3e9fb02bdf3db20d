import pLimit from 'p-limit';
import { observeBatch } from '#lib/server/observability/metrics.ts';
import { SQL, type Statement } from './database.ts';
import { readSource } from './replica-reads.ts';

/*
 * Requests of one kind that arrive together travel together: one statement carries them all, so that a busy
 * server makes one round trip for many requests. Reasons: docs/decisions/0026-batches.md.
 */

/** How a batch runs. */
export interface BatchOptions<Input, Output> {
	/** The label of its metrics. */
	name: string;
	/** Runs one statement for all inputs. Resolves to one output per input, in the same order. */
	run: (inputs: Input[]) => Promise<Output[]>;
	/** The maximum number of inputs of one statement. */
	maxSize?: number;
	/** How many statements may be in progress at a time, slow ones not counted. */
	maxRunning?: number;
	/** Whether statements run strictly in the order of arrival: one at a time, however slow, and none again. */
	isOrdered?: boolean;
}

interface Waiting<Input, Output> {
	input: Input;
	resolve: (output: Output) => void;
	reject: (error: unknown) => void;
}

/** A statement that takes longer no longer counts as in progress, so that it delays nobody. */
const SLOW_MS = 250;

/**
 * The classes of SQLSTATE after which PostgreSQL has rolled back and which one input can cause for all: cardinality,
 * data, constraint, deadlock or serialization failure, and time-outs of a lock or the statement. After any other error the
 * outcome may be unknown, so the inputs fail as they would alone.
 */
const ROLLED_BACK = /^(21|22|23|40|55P03|57014)/;
const TIMED_OUT = ['55P03', '57014'];
/** How many inputs of a statement that timed out run alone at the same time. */
const ALONE_WIDTH = 4;

/**
 * Returns a function that runs one input in a batch. A lone input runs at once. While `maxRunning` statements
 * are in progress, inputs gather for the next one, which starts after all of them arrived: a read is never
 * older than its request. An input whose statement fails for a reason that it may not have caused runs again alone.
 */
export function createBatch<Input, Output>({
	name,
	run,
	maxSize = 100,
	maxRunning = 2,
	isOrdered = false
}: BatchOptions<Input, Output>): (input: Input) => Promise<Output> {
	const waiting: Waiting<Input, Output>[] = [];
	let waitingSince = 0;
	let running = 0;
	let isScheduled = false;

	/** Starts after the current turn of the event loop has read all sockets, whose requests then share a statement. */
	function schedule(): void {
		if (isScheduled || running >= (isOrdered ? 1 : maxRunning) || waiting.length === 0) return;
		isScheduled = true;
		setImmediate(() => {
			isScheduled = false;
			const batch = waiting.splice(0, maxSize);
			observeBatch(name, batch.length, (performance.now() - waitingSince) / 1000);
			waitingSince = performance.now();
			void runBatch(batch);
			schedule();
		});
	}

	async function runBatch(batch: Waiting<Input, Output>[]): Promise<void> {
		running++;
		let hasSlot = true;
		const leave = () => {
			if (hasSlot) running--;
			hasSlot = false;
			schedule();
		};
		const slow = isOrdered ? undefined : setTimeout(leave, SLOW_MS).unref();
		try {
			const outputs = await run(batch.map(({ input }) => input));
			batch.forEach(({ resolve }, index) => resolve(outputs[index] as Output));
		} catch (error) {
			await failOrRetry(batch, error);
		} finally {
			clearTimeout(slow);
			leave();
		}
	}

	async function failOrRetry(batch: Waiting<Input, Output>[], error: unknown): Promise<void> {
		const code = String((error as { code?: unknown } | null)?.code);
		if (isOrdered || batch.length === 1 || !ROLLED_BACK.test(code)) return batch.forEach(({ reject }) => reject(error));
		const runAlone = ({ input, resolve, reject }: Waiting<Input, Output>) =>
			run([input]).then(([output]) => resolve(output as Output), reject);
		await pLimit(TIMED_OUT.includes(code) ? ALONE_WIDTH : 1).map(batch, runAlone);
	}

	return (input) =>
		new Promise((resolve, reject) => {
			if (waiting.length === 0) waitingSince = performance.now();
			waiting.push({ input, resolve, reject });
			schedule();
		});
}

/** As `createBatch`, for reads that a replica may answer: inputs share a statement only if they have the same source. */
export function createReadBatch<Input, Output>(
	options: BatchOptions<Input, Output>
): (input: Input) => Promise<Output> {
	const batches = { primary: createBatch(options), replica: createBatch(options) };
	return (input) => batches[readSource()](input);
}

/**
 * A table with one row for the FROM clause of a write. While several inputs share the statement, it waits for a lock
 * no longer than 100 ms, because it holds locks that others wait for: after that its inputs run alone.
 */
export function limitedLockWait(inputs: unknown[]): Statement {
	return SQL`set_config('lock_timeout', ${inputs.length > 1 ? '100ms' : '0'}, true)`;
}
