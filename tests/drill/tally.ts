import pg from 'pg';
import type { Attempt, Lane } from './load.ts';

/** What happened to the posts of a lane. */
export interface Tally {
	name: string;
	acknowledged: number;
	/** Acknowledged and stored once. */
	found: number;
	/** Stored more than once. */
	doubled: number;
	/** Acknowledged but not stored. */
	lost: number;
	/** Stored but not acknowledged: the client got an error or no answer. */
	unanswered: number;
}

/** Resolves to how often each text of the drill is in a database. */
export async function readTexts(databaseUrl: string): Promise<Map<string, number>> {
	const client = new pg.Client({ connectionString: databaseUrl });
	await client.connect();
	try {
		const { rows } = await client.query<{ text: string; times: string }>(
			"SELECT text, count(*) AS times FROM messages WHERE text LIKE 'drill %' GROUP BY text"
		);
		return new Map(rows.map(({ text, times }) => [text, Number(times)]));
	} finally {
		await client.end();
	}
}

/** Compares the acknowledged posts of a lane with the stored ones. */
export function tally(lane: Pick<Lane, 'name' | 'acknowledged' | 'sent'>, texts: Map<string, number>): Tally {
	const acknowledged = new Set(lane.acknowledged);
	const times = (text: string) => texts.get(text) ?? 0;
	return {
		name: lane.name,
		acknowledged: acknowledged.size,
		found: lane.acknowledged.filter((text) => times(text) === 1).length,
		doubled: lane.sent.filter((text) => times(text) > 1).length,
		lost: lane.acknowledged.filter((text) => times(text) === 0).length,
		unanswered: lane.sent.filter((text) => !acknowledged.has(text) && times(text) > 0).length
	};
}

/** Returns the seconds from `since` until requests succeed again and none fails any more; Infinity if never. */
export function secondsUntilBack(attempts: Attempt[], since: number): number {
	const after = attempts.filter(({ ended }) => ended >= since);
	const lastFailure = Math.max(since, ...after.filter(({ succeeded }) => !succeeded).map(({ ended }) => ended));
	const next = after.filter(({ started, succeeded }) => succeeded && started >= since);
	const back = next.filter(({ ended }) => ended >= lastFailure).map(({ ended }) => ended);
	return (Math.min(Infinity, ...back) - since) / 1000;
}

/** Returns the longest duration of a request that was in flight at or after `since`, in seconds. */
export function longestWait(attempts: Attempt[], since: number): number {
	const after = attempts.filter(({ ended }) => ended >= since);
	return Math.max(0, ...after.map(({ started, ended }) => ended - started)) / 1000;
}
