import pLimit, { type LimitFunction } from 'p-limit';

/** One queue per key: work under one key runs in order, one at a time; different keys run independently. */
export class KeyedQueue {
	readonly #queues = new Map<string, LimitFunction>();

	/** The number of keys with running or waiting work. */
	get size(): number {
		return this.#queues.size;
	}

	/** The number of tasks that wait under a key. */
	waiting(key: string): number {
		return this.#queues.get(key)?.pendingCount ?? 0;
	}

	/** Runs `work` after all earlier work under this key. Resolves to its result. */
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
