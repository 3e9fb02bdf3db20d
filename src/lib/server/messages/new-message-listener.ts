import pg from 'pg';
import { SQL, execute, queryRow, queryRows } from '#lib/server/database/database.ts';
import { untilReplayed } from '#lib/server/database/replica-reads.ts';

/*
 * New messages, told to whoever watches a timeline. A process that has added some says so with a
 * NOTIFY, at most every 200 ms and outside of the statement that adds them: notifying transactions
 * commit one after another. Each web process has one connection that listens, and reads by id what
 * has come. A notice that was lost costs some seconds and no message.
 */

export interface NewMessage {
	id: number;
	author_id: number;
}

type Subscriber = (messages: NewMessage[]) => void;

const CHANNEL = 'new_messages';
const PAUSE_MS = 200;
/** Without any notice it is looked that often. */
const LOOK_EVERY_MS = 15_000;
const RECONNECT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Ids are given before messages are committed: one that is behind others is found when looking back. */
const LOOK_BACK = 200;
const READ_AT_MOST = 1_000;

let pause: NodeJS.Timeout | undefined;
let hasMore = false;

/** Says that there are new messages. Who posts does not wait for it. */
export function notifyNewMessages(): void {
	if (pause) {
		hasMore = true;
		return;
	}
	pause = setTimeout(() => {
		pause = undefined;
		if (hasMore) notifyNewMessages();
	}, PAUSE_MS).unref();
	hasMore = false;
	void execute(SQL`NOTIFY new_messages`).catch(() => undefined);
}

/** The messages after an id, newest first; of very many the newest. */
export function readNewMessages(after: number): Promise<NewMessage[]> {
	return queryRows<NewMessage>(
		SQL`
		SELECT id, author_id FROM messages WHERE id > ${after} AND NOT flagged
		ORDER BY id DESC LIMIT ${READ_AT_MOST}`.setName('new_messages')
	);
}

/** Listens for new messages, one connection for all subscribers. */
export class NewMessages {
	readonly #url: string;
	readonly #onError: (error: unknown) => void;
	readonly #otherNotices: ReadonlyMap<string, () => void>;
	readonly #subscribers = new Set<Subscriber>();
	#client: pg.Client | null = null;
	#start: Promise<void> | null = null;
	#timers = new Set<NodeJS.Timeout>();
	#newest = 0;
	#known = new Set<number>();
	#reading: Promise<void> | null = null;
	#isStale = false;
	#isClosed = false;

	/**
	 * `url` reaches the database directly: a pooler of transactions passes no notices on. The same
	 * connection listens on the channels of `otherNotices`, and calls what stands beside each.
	 */
	constructor(
		url: string,
		onError: (error: unknown) => void,
		otherNotices: ReadonlyMap<string, () => void> = new Map()
	) {
		this.#url = url;
		this.#onError = onError;
		this.#otherNotices = otherNotices;
	}

	get subscribers(): number {
		return this.#subscribers.size;
	}

	/** Calls back with what is added from now on, in groups; the returned function ends it. */
	async subscribe(subscriber: Subscriber): Promise<() => void> {
		this.#start ??= this.#begin();
		await this.#start;
		this.#subscribers.add(subscriber);
		return () => this.#subscribers.delete(subscriber);
	}

	/** Ends the connection and calls nobody any more. */
	async close(): Promise<void> {
		this.#isClosed = true;
		this.#subscribers.clear();
		this.#timers.forEach(clearTimeout);
		const client = this.#client;
		this.#client = null;
		await client?.end().catch(() => undefined);
	}

	async #begin(): Promise<void> {
		try {
			const last = await queryRow<{ id: number }>(SQL`SELECT coalesce(max(id), 0) AS id FROM messages`);
			this.#newest = last?.id ?? 0;
			this.#known = new Set((await this.#recent()).map(({ id }) => id));
		} catch (error) {
			this.#start = null;
			throw error;
		}
		if (this.#isClosed) return;
		this.#timers.add(setInterval(() => void this.#look(), LOOK_EVERY_MS).unref());
		void this.#listen();
	}

	async #listen(): Promise<void> {
		if (this.#isClosed) return;
		const client = new pg.Client({
			connectionString: this.#url,
			connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
			keepAlive: true,
			application_name: 'minitwit-listen'
		});
		// Before it is connected, so that close() ends it whatever it is doing.
		this.#client = client;
		const onLost = (error?: unknown) => {
			client.removeAllListeners();
			client.on('error', () => undefined);
			void client.end().catch(() => undefined);
			if (this.#isClosed) return;
			if (error) this.#onError(error);
			this.#client = null;
			const timer = setTimeout(() => {
				this.#timers.delete(timer);
				void this.#listen();
			}, RECONNECT_MS).unref();
			this.#timers.add(timer);
		};
		client.once('error', onLost);
		client.once('end', () => onLost());
		client.on('notification', ({ channel }) => {
			const other = this.#otherNotices.get(channel);
			if (other) other();
			else void this.#look();
		});
		try {
			await client.connect();
			for (const channel of [CHANNEL, ...this.#otherNotices.keys()]) await client.query(`LISTEN ${channel}`);
			// What came while nobody listened.
			await this.#look();
		} catch (error) {
			if (client.listenerCount('notification') > 0) onLost(error);
		}
	}

	/** Reads what has come; notices that arrive meanwhile cause one more reading. */
	async #look(): Promise<void> {
		this.#isStale = true;
		this.#reading ??= this.#readAll().finally(() => (this.#reading = null));
		await this.#reading;
	}

	async #readAll(): Promise<void> {
		while (this.#isStale && !this.#isClosed) {
			this.#isStale = false;
			try {
				const recent = await this.#recent();
				const messages = recent.filter(({ id }) => !this.#known.has(id));
				this.#newest = Math.max(this.#newest, ...recent.map(({ id }) => id));
				this.#known = new Set(recent.map(({ id }) => id).filter((id) => id > this.#newest - LOOK_BACK));
				if (messages.length === 0) continue;
				// Who is told of a message asks for it next.
				await untilReplayed();
				this.#subscribers.forEach((subscriber) => subscriber(messages));
			} catch (error) {
				if (!this.#isClosed) this.#onError(error);
			}
		}
	}

	#recent(): Promise<NewMessage[]> {
		return readNewMessages(this.#newest - LOOK_BACK);
	}
}
