import { type DBSchema, type IDBPDatabase, type IDBPObjectStore, openDB } from 'idb';

/** A change that the user has made and the server hasn't confirmed yet. */
export type Intent =
	| { kind: 'message'; text: string }
	| { kind: 'follow' | 'unfollow'; name: string }
	/** `message` is the id of a sent message; `text` is for the list of what waits. */
	| { kind: 'delete'; message: number; text: string };

/** An entry of the outbox. */
export type Entry = Intent & {
	/** A UUID created when writing began; the server uses it as the idempotency key. */
	id: string;
	/** The id of the account that created the entry; it is sent only from this account. */
	owner: number;
	ownerName: string;
	/** Increases with each entry of this browser and gives the sending order, independent of the clock. */
	sequence: number;
	state: 'waiting' | 'sending' | 'failed';
	attempts: number;
	/** The time of the next attempt, in milliseconds since 1970. An urgent run may send earlier. */
	nextTryAt: number;
	/**
	 * The earliest time that the server's `Retry-After` allows, in milliseconds since 1970. Entries of older
	 * builds lack it.
	 */
	notBefore?: number;
	/** While the user may undo the entry, in milliseconds since 1970; others are sent before it. */
	heldUntil?: number;
	/** Why the last attempt failed, as a sentence. */
	lastError: string | null;
};

/** The id of an account; null if no one is signed in. */
export type Account = number | null;

interface Schema extends DBSchema {
	outbox: { key: number; value: Entry; indexes: { id: string; owner: number } };
	/**
	 * `account` is who is signed in, according to the server's last response; `sent` is when an entry was last sent, in
	 * milliseconds since 1970.
	 */
	state: { key: 'account' | 'sent'; value: number };
}

type OfflineDatabase = IDBPDatabase<Schema>;
type StoreName = 'outbox' | 'state';
type Store<Name extends StoreName> = IDBPObjectStore<Schema, StoreName[], Name, 'readwrite'>;

const NAME = 'minitwit';
const VERSION = 1;

let opened: Promise<OfflineDatabase> | null = null;

/**
 * Runs `work` on the database that pages and the service worker share, and returns its result. A connection
 * can die without an event (when the browser's storage process crashes) and then rejects every operation, so
 * `work` is repeated once on a new connection. Transactions are atomic, so `work` must be one transaction or
 * safe to repeat. Rejects if the browser refuses a database (private modes) or the second attempt fails.
 */
export async function withDatabase<T>(work: (database: OfflineDatabase) => Promise<T>): Promise<T> {
	const connection = openDatabase();
	const database = await connection;
	try {
		return await work(database);
	} catch {
		dropConnection(connection);
		database.close();
		return work(await openDatabase());
	}
}

/**
 * Runs `work`, which awaits nothing but the stores, in one transaction, and resolves to its result once the transaction
 * is complete; `strict` waits for the disk. Rejects like `withDatabase`, and then nothing has changed.
 */
export function changeStores<T>(
	work: (outbox: Store<'outbox'>, state: Store<'state'>) => Promise<T>,
	durability: IDBTransactionDurability = 'default'
): Promise<T> {
	return withDatabase(async (database) => {
		const transaction = database.transaction<StoreName[], 'readwrite'>(['outbox', 'state'], 'readwrite', {
			durability
		});
		const [result] = await Promise.all([
			work(transaction.objectStore('outbox'), transaction.objectStore('state')),
			transaction.done
		]);
		return result;
	});
}

function openDatabase(): Promise<OfflineDatabase> {
	if (opened) return opened;
	const connection: Promise<OfflineDatabase> = openDB<Schema>(NAME, VERSION, {
		upgrade(database) {
			const outbox = database.createObjectStore('outbox', { keyPath: 'sequence', autoIncrement: true });
			outbox.createIndex('id', 'id', { unique: true });
			outbox.createIndex('owner', 'owner');
			database.createObjectStore('state');
		},
		// This connection must not block a newer version of MiniTwit that upgrades the database in another tab.
		blocking: (_current, _blocked, event) => {
			dropConnection(connection);
			(event.target as IDBDatabase).close();
		},
		terminated: () => dropConnection(connection)
	});
	connection.catch(() => dropConnection(connection));
	return (opened = connection);
}

/** Makes the next operation open a new connection, unless one is open already. */
function dropConnection(connection: Promise<OfflineDatabase>): void {
	if (opened === connection) opened = null;
}
