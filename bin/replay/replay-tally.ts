import type { LoggedRequest } from './logged-requests.ts';

const MAX_EXAMPLES = 20;

/** nginx's status for a client that disconnected; the response it would have received is unknown. */
const CLIENT_CLOSED_REQUEST = 499;

/** Whether the server had not processed a request for reasons of its own: a limit, overload, or a failure. */
export function wasNotProcessed({ status }: LoggedRequest): boolean {
	return status === 429 || (status >= 500 && status < 600);
}

/** Counts the outcomes of a replay. */
export class Tally {
	same = 0;
	/** Other statuses than logged, for a reason that is not in the request. */
	explained = 0;
	different = 0;
	readonly #examples: string[] = [];
	readonly #leftOut = new Map<string, number>();

	/** Records the response's status, or why there was no response. */
	add(request: LoggedRequest, outcome: number | string): void {
		if (outcome === request.status) this.same++;
		else if (typeof outcome === 'number' && (wasNotProcessed(request) || request.status === CLIENT_CLOSED_REQUEST))
			this.explained++;
		else {
			this.different++;
			const { method, path, status, id } = request;
			if (this.#examples.length < MAX_EXAMPLES)
				this.#examples.push(`${method} ${path}: expected ${status}, got ${outcome} (${id})`);
		}
	}

	/** Counts skipped requests. */
	leaveOut(reason: string, count = 1): void {
		if (count > 0) this.#leftOut.set(reason, (this.#leftOut.get(reason) ?? 0) + count);
	}

	/** Returns the lines of the report. `failedLogIns` are the users who could not log in. */
	report(seconds: number, failedLogIns: string[]): string[] {
		const sent = this.same + this.explained + this.different;
		const explained = this.explained > 0 ? `, ${this.explained} whose original had failed` : '';
		return [
			`${sent} requests in ${seconds.toFixed(1)} s: ${this.same} with the same status, ${this.different} with another${explained}`,
			...this.#examples.map((example) => `  ${example}`),
			...(this.different > MAX_EXAMPLES ? ['  …'] : []),
			...[...this.#leftOut].map(([reason, count]) => `${count} skipped: ${reason}`),
			...(failedLogIns.length > 0 ? [`Log-in failed for ${failedLogIns.join(', ')}`] : [])
		];
	}
}
