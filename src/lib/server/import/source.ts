/**
 * A value as an older system stored it: text, also of numbers and dates. Bytes are a text that is not UTF-8; undefined is a
 * column that the system does not have.
 */
export type Value = string | Uint8Array | null | undefined;

/** An account of an older system. */
export interface SourceUser {
	kind: 'user';
	id: Value;
	name: Value;
	email: Value;
	password: Value;
	createdAt?: Value;
	displayName?: Value;
	bio?: Value;
	link?: Value;
	/** Why the system itself knows that this is not to be taken. */
	fault?: Value;
}

/** A message of an older system. */
export interface SourceMessage {
	kind: 'message';
	id: Value;
	authorId: Value;
	text: Value;
	/** Seconds since 1970 or an ISO 8601 date. */
	postedAt: Value;
	flagged?: Value;
	clientId?: Value;
	fault?: Value;
}

/** A follow of an older system. */
export interface SourceFollow {
	kind: 'follow';
	followerId: Value;
	followeeId: Value;
	followedAt?: Value;
}

/** The number of the simulator's last action. */
export interface SourceLatest {
	kind: 'latest';
	number: Value;
}

export type SourceRow = SourceUser | SourceMessage | SourceFollow | SourceLatest;

/** An older system, whose rows come in any order and are read once. */
export interface Source {
	/** What an interrupted import has to name again to be resumed: a path or a URL without password. */
	name: string;
	/** Yields all rows, but may omit messages whose id is a number below `after`. */
	rows(after: string): AsyncIterable<SourceRow> | Iterable<SourceRow>;
	/** The share that has been read, from 0 to 1. */
	progress(): number;
	close(): Promise<void> | void;
}
