import pg from 'pg';
import { SQL, execute, queryRow, queryRows } from '#lib/server/database/database.ts';
import { waitUntilReplayed } from '#lib/server/database/replica-reads.ts';

/*
 * Notifies subscribers of new messages. A process that has added messages sends a NOTIFY, at most every 200 ms
 * and outside the inserting transaction, because notifying transactions commit one after another. Each web
 * process listens on one connection and reads the new messages by id. A lost notification delays messages by
 * some seconds and loses none.
 */

export interface NewMessage {
	id: number;
	author_id: number;
}

type Subscriber = (messages: NewMessage[]) => void;

/** What another channel's notifications do. */
interface Channel {
	onNotified(payload: string): void;
	/** Called when the connection begins to listen, because notifications may have been missed until then. */
	onListening(): void;
}

const CHANNEL = 'new_messages';
const NOTIFY_INTERVAL_MS = 200;
/** The interval for reading without a notification. */
const POLL_INTERVAL_MS = 15_000;
const RECONNECT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;
/**
 * Ids are assigned before commit, so a message with a lower id can appear late; this many ids are read again each time.
 */
const ID_LOOKBACK = 1_000;
const MAX_MESSAGES_READ = 2_000;

let pause: NodeJS.Timeout | undefined;
let hasMore = false;

/** Announces new messages to all processes. Returns immediately. */
export function notifyNewMessages(): void {
	if (pause) {
		hasMore = true;
		return;
	}
	pause = setTimeout(() => {
		pause = undefined;
		if (hasMore) notifyNewMessages();
	}, NOTIFY_INTERVAL_MS).unref();
	hasMore = false;
	void execute(SQL`NOTIFY new_messages`).catch(() => undefined);
}

/** Resolves to the messages after an id, newest first; only the newest `MAX_MESSAGES_READ` if there are more. */
export function readNewMessages(after: number): Promise<NewMessage[]> {
	return queryRows<NewMessage>(
		SQL`
		SELECT id, author_id FROM messages WHERE id > ${after} AND NOT flagged
		ORDER BY id DESC LIMIT ${MAX_MESSAGES_READ}`.setName('new_messages')
	);
}

/** Listens for new messages on one connection for all subscribers. */
export class NewMessages {
	readonly #url: string;
	readonly #onError: (error: unknown) => void;
	readonly #otherChannels: ReadonlyMap<string, Channel>;
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
	 * `url` must reach the database directly, because a transaction pooler does not forward notifications. The
	 * connection also listens on the channels in `otherChannels`.
	 */
	constructor(url: string, onError: (error: unknown) => void, otherChannels: ReadonlyMap<string, Channel> = new Map()) {
		this.#url = url;
		this.#onError = onError;
		this.#otherChannels = otherChannels;
	}

	get subscribers(): number {
		return this.#subscribers.size;
	}

	/** Calls `subscriber` with new messages, in batches, from now on. Resolves to a function that unsubscribes. */
	async subscribe(subscriber: Subscriber): Promise<() => void> {
		this.#start ??= this.#begin();
		await this.#start;
		this.#subscribers.add(subscriber);
		return () => this.#subscribers.delete(subscriber);
	}

	/** Closes the connection and removes all subscribers. */
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
		this.#timers.add(setInterval(() => void this.#refresh(), POLL_INTERVAL_MS).unref());
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
		// Set before connecting so that close() can end it at any time.
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
		client.on('notification', ({ channel, payload = '' }) => {
			const other = this.#otherChannels.get(channel);
			if (other) other.onNotified(payload);
			else void this.#refresh();
		});
		try {
			await client.connect();
			for (const channel of [CHANNEL, ...this.#otherChannels.keys()]) await client.query(`LISTEN ${channel}`);
			this.#otherChannels.forEach((channel) => channel.onListening());
			// Catch up on messages added before LISTEN took effect.
			await this.#refresh();
		} catch (error) {
			if (client.listenerCount('notification') > 0) onLost(error);
		}
	}

	/** Reads new messages. Notifications that arrive during a read cause one more read. */
	async #refresh(): Promise<void> {
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
				this.#known = new Set(recent.map(({ id }) => id).filter((id) => id > this.#newest - ID_LOOKBACK));
				if (messages.length === 0) continue;
				// A subscriber's next request reads the message, possibly from the replica.
				await waitUntilReplayed();
				this.#subscribers.forEach((subscriber) => subscriber(messages));
			} catch (error) {
				if (!this.#isClosed) this.#onError(error);
			}
		}
	}

	#recent(): Promise<NewMessage[]> {
		return readNewMessages(this.#newest - ID_LOOKBACK);
	}
}
