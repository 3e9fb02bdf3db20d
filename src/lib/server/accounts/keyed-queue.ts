import pLimit, { type LimitFunction } from 'p-limit';

/** Queues by key: work under one key runs one after the other, in order; different keys do not wait for each other. */
export class KeyedQueue {
	readonly #queues = new Map<string, LimitFunction>();

	/** Keys with work that runs or waits. */
	get size(): number {
		return this.#queues.size;
	}

	/** How much work waits under a key. */
	waiting(key: string): number {
		return this.#queues.get(key)?.pendingCount ?? 0;
	}

	/** Resolves to what the work resolves to, once everything before it under this key is done. */
	async run<T>(key: string, work: () => Promise<T>): Promise<T> {
		const queue = this.#queues.get(key) ?? pLimit(1);
		this.#queues.set(key, queue);
		try {
			return await queue(work);
		} finally {
			if (queue.activeCount + queue.pendingCount === 0) this.#queues.delete(key);
		}
	}
}
