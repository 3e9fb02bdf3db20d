import type { LoggedRequest } from './logged-requests.ts';

const MOST_EXAMPLES = 20;

/** The status, as nginx writes it, of a request whose client left: which answer it would have had is unknown. */
const CLIENT_CLOSED_REQUEST = 499;

/** Whether the server had not taken a request for reasons of its own: over a limit, busy, broken. */
export function wasNotTaken({ status }: LoggedRequest): boolean {
	return status === 429 || (status >= 500 && status < 600);
}

/** Counts what came of a replay. */
export class Tally {
	same = 0;
	/** Other answers than then, for a reason that is none of the request's. */
	explained = 0;
	different = 0;
	readonly #examples: string[] = [];
	readonly #leftOut = new Map<string, number>();

	/** Takes an answer's status, or why there was none. */
	add(request: LoggedRequest, outcome: number | string): void {
		if (outcome === request.status) this.same++;
		else if (typeof outcome === 'number' && (wasNotTaken(request) || request.status === CLIENT_CLOSED_REQUEST))
			this.explained++;
		else {
			this.different++;
			const { method, path, status, id } = request;
			if (this.#examples.length < MOST_EXAMPLES)
				this.#examples.push(`${method} ${path}: ${status} then, ${outcome} now (${id})`);
		}
	}

	/** Counts what is not sent. */
	leaveOut(reason: string, count = 1): void {
		if (count > 0) this.#leftOut.set(reason, (this.#leftOut.get(reason) ?? 0) + count);
	}

	/** The report, a line an entry. `strangers` are the people who could not be signed in. */
	report(seconds: number, strangers: string[]): string[] {
		const sent = this.same + this.explained + this.different;
		const explained = this.explained > 0 ? `, ${this.explained} of requests that had failed then` : '';
		return [
			`${sent} requests in ${seconds.toFixed(1)} s: ${this.same} answered as then, ${this.different} otherwise${explained}`,
			...this.#examples.map((example) => `  ${example}`),
			...(this.different > MOST_EXAMPLES ? ['  …'] : []),
			...[...this.#leftOut].map(([reason, count]) => `${count} left out: ${reason}`),
			...(strangers.length > 0 ? [`Nobody could sign in as ${strangers.join(', ')}`] : [])
		];
	}
}
