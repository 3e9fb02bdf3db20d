import type { Action } from './actions.ts';
import type { Reply } from './client.ts';

/** The status of every action that succeeded. */
const SUCCESS = 204;
/** The number of examples kept per kind of error. */
const EXAMPLES = 3;
const MAX_DETAIL_LENGTH = 120;

interface Kind {
	count: number;
	examples: string[];
}

/** Counts the outcomes of a replay. */
export class Tally {
	done = 0;
	errors = 0;
	readonly errorsByKind = new Map<string, Kind>();
	readonly #millisecondsByCommand = new Map<string, number[]>();

	/** Records the reply to an action and its duration. */
	add(action: Action, reply: Reply, milliseconds: number): void {
		this.done++;
		const times = this.#millisecondsByCommand.get(action.command);
		if (times) times.push(milliseconds);
		else this.#millisecondsByCommand.set(action.command, [milliseconds]);
		if ('failure' in reply) this.#addError(action, reply.failure, reply.detail);
		else if (reply.status !== SUCCESS) this.#addError(action, `status ${reply.status}`, reply.body);
	}

	#addError(action: Action, name: string, detail: string): void {
		this.errors++;
		const kind = this.errorsByKind.get(name) ?? { count: 0, examples: [] };
		this.errorsByKind.set(name, kind);
		kind.count++;
		if (kind.examples.length === EXAMPLES) return;
		const who = `${action.command} of ${JSON.stringify(action.user)}`;
		kind.examples.push(`action ${action.number}, ${who}: ${detail.slice(0, MAX_DETAIL_LENGTH)}`);
	}

	/** Returns the lines of the report. `seconds` is the duration of the replay. */
	report(seconds: number): string[] {
		const rate = Math.round(this.done / Math.max(seconds, 0.001));
		return [
			`${this.done} actions in ${seconds.toFixed(1)} s, ${rate}/s, ${this.errors} errors`,
			...this.#reportErrors(),
			'',
			row('milliseconds', 'actions', 'p50', 'p90', 'p99', 'max'),
			...[...this.#millisecondsByCommand].map(([command, times]) => latencyRow(command, times)),
			latencyRow('all', [...this.#millisecondsByCommand.values()].flat())
		];
	}

	/** Returns the report for a program; latencies are in milliseconds. */
	toJSON(seconds: number): Record<string, unknown> {
		const latencies = [...this.#millisecondsByCommand].map(([command, times]) => [command, latencyOf(times)]);
		return {
			actions: this.done,
			seconds,
			errors: this.errors,
			errorsByKind: Object.fromEntries(this.errorsByKind),
			milliseconds: Object.fromEntries(latencies)
		};
	}

	#reportErrors(): string[] {
		return [...this.errorsByKind].flatMap(([name, { count, examples }]) => [
			`  ${count} × ${name}`,
			...examples.map((example) => `      ${example}`)
		]);
	}
}

/** Returns the nearest-rank percentile of sorted values, for a share from 0 to 1; 0 if there are none. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
	return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

function latencyOf(times: number[]): Record<'p50' | 'p90' | 'p99' | 'max', number> {
	const sorted = Float64Array.from(times).sort();
	const [p50 = 0, p90 = 0, p99 = 0, max = 0] = [0.5, 0.9, 0.99, 1].map((share) => percentile(sorted, share));
	return { p50, p90, p99, max };
}

function latencyRow(name: string, times: number[]): string {
	return row(name, String(times.length), ...Object.values(latencyOf(times)).map((value) => value.toFixed(1)));
}

function row(name: string, ...cells: string[]): string {
	return name.padEnd(14) + cells.map((cell) => cell.padStart(9)).join('');
}
