import { type DBSchema, type IDBPDatabase, openDB } from 'idb';

/** What somebody has asked for and the server has not yet confirmed. */
export type Wish = { kind: 'message'; text: string } | { kind: 'follow' | 'unfollow'; name: string };

/** An entry of the outbox. */
export type Entry = Wish & {
	/** A UUID made when writing began: the idempotency key. */
	id: string;
	/** The id of the account under which it was made; it is sent under no other. */
	owner: number;
	ownerName: string;
	/** Rises with each entry of this browser: the order of sending, whatever the clock says. */
	sequence: number;
	state: 'waiting' | 'sending' | 'failed';
	attempts: number;
	/** Milliseconds since 1970 before which it is not tried again unless something hints that it would succeed. */
	nextTryAt: number;
	/** Milliseconds since 1970 before which the server asked us not to try (`Retry-After`). Older builds wrote none. */
	notBefore?: number;
	/** Why the last attempt came to nothing, as a sentence. */
	lastError: string | null;
};

/** The id of an account; null stands for nobody. */
export type Account = number | null;

interface Schema extends DBSchema {
	outbox: { key: number; value: Entry; indexes: { id: string; owner: number } };
	/** Who is signed in here, as the server's last answer had it. */
	state: { key: 'account'; value: number };
}

type OfflineDatabase = IDBPDatabase<Schema>;

const NAME = 'minitwit';
const VERSION = 1;

let opened: Promise<OfflineDatabase> | null = null;

/**
 * Does something with the database of this browser, which pages and worker share. A connection can die
 * without an event (browsers lose their storage process), and then rejects whatever is asked of it: the
 * work is done once more over a new one. A transaction is done as a whole or not at all, so `work` is one
 * transaction, or can be repeated. Rejects where the browser refuses a database (private modes), and when
 * the second attempt fails as well.
 */
export async function withDatabase<T>(work: (database: OfflineDatabase) => Promise<T>): Promise<T> {
	const connection = openDatabase();
	const database = await connection;
	try {
		return await work(database);
	} catch {
		forget(connection);
		database.close();
		return work(await openDatabase());
	}
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
		// A newer version of MiniTwit in another tab changes the database: this tab must not stand in its way.
		blocking: (_current, _blocked, event) => {
			forget(connection);
			(event.target as IDBDatabase).close();
		},
		terminated: () => forget(connection)
	});
	connection.catch(() => forget(connection));
	return (opened = connection);
}

/** Has the next operation open a connection, unless that has happened already. */
function forget(connection: Promise<OfflineDatabase>): void {
	if (opened === connection) opened = null;
}
