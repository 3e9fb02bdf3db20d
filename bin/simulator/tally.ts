import type { Action } from './actions.ts';
import type { Reply } from './client.ts';

/** The status of every action that succeeded. */
const SUCCESS = 204;
/** Examples kept of each kind of error. */
const EXAMPLES = 3;
const MAX_DETAIL_LENGTH = 120;

interface Kind {
	count: number;
	examples: string[];
}

/** Counts what came of a replay. */
export class Tally {
	done = 0;
	errors = 0;
	readonly errorsByKind = new Map<string, Kind>();
	readonly #millisecondsByCommand = new Map<string, number[]>();

	/** Takes the reply to an action, and how long it took. */
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

	/** The report, a line an entry. `seconds` is how long the replay took. */
	report(seconds: number): string[] {
		const rate = Math.round(this.done / Math.max(seconds, 0.001));
		return [
			`${this.done} actions in ${seconds.toFixed(1)} s, ${rate} a second, ${this.errors} errors`,
			...this.#reportErrors(),
			'',
			row('milliseconds', 'actions', 'p50', 'p90', 'p99', 'max'),
			...[...this.#millisecondsByCommand].map(([command, times]) => latencyRow(command, times)),
			latencyRow('all', [...this.#millisecondsByCommand.values()].flat())
		];
	}

	#reportErrors(): string[] {
		return [...this.errorsByKind].flatMap(([name, { count, examples }]) => [
			`  ${count} × ${name}`,
			...examples.map((example) => `      ${example}`)
		]);
	}
}

/** The value that a share (0 to 1) of the sorted values does not exceed; 0 when there are none. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
	return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

function latencyRow(name: string, times: number[]): string {
	const sorted = Float64Array.from(times).sort();
	return row(name, String(times.length), ...[0.5, 0.9, 0.99, 1].map((share) => percentile(sorted, share).toFixed(1)));
}

function row(name: string, ...cells: string[]): string {
	return name.padEnd(14) + cells.map((cell) => cell.padStart(9)).join('');
}
