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
	/** Milliseconds since 1970 before which it is not tried again by itself. */
	nextTryAt: number;
	/** Whether the server named that time (Retry-After): then nothing makes it sooner. */
	isAsked: boolean;
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

export type OfflineDatabase = IDBPDatabase<Schema>;

const NAME = 'minitwit';
const VERSION = 1;

let opened: Promise<OfflineDatabase> | null = null;

/** The database of this browser, shared by pages and worker. Rejects where the browser refuses one (private mode). */
export function openDatabase(): Promise<OfflineDatabase> {
	opened ??= openDB<Schema>(NAME, VERSION, {
		upgrade(database) {
			const outbox = database.createObjectStore('outbox', { keyPath: 'sequence', autoIncrement: true });
			outbox.createIndex('id', 'id', { unique: true });
			outbox.createIndex('owner', 'owner');
			database.createObjectStore('state');
		},
		// A newer version of MiniTwit in another tab changes the database: this tab must not stand in its way.
		blocking: (_current, _blocked, event) => close(event.target as IDBDatabase),
		terminated: () => (opened = null)
	}).catch((error: unknown) => {
		opened = null;
		throw error;
	});
	return opened;
}

function close(database: IDBDatabase): void {
	database.close();
	opened = null;
}
