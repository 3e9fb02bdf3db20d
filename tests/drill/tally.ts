import pg from 'pg';
import type { Attempt, Lane } from './load.ts';

/** What became of the posts of a lane. */
export interface Tally {
	name: string;
	acknowledged: number;
	/** Acknowledged and there, once. */
	found: number;
	/** There more than once. */
	doubled: number;
	/** Acknowledged and not there. */
	lost: number;
	/** There without having been acknowledged: whoever posted was told that it is not known. */
	unanswered: number;
}

/** How often each text of the drill is in a database. */
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

/** Compares what a lane was told with what is there. */
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

/** Seconds from a moment until requests succeed again and none fails any more; infinite when they do not. */
export function secondsUntilBack(attempts: Attempt[], since: number): number {
	const after = attempts.filter(({ ended }) => ended >= since);
	const lastFailure = Math.max(since, ...after.filter(({ succeeded }) => !succeeded).map(({ ended }) => ended));
	const next = after.filter(({ started, succeeded }) => succeeded && started >= since);
	const back = next.filter(({ ended }) => ended >= lastFailure).map(({ ended }) => ended);
	return (Math.min(Infinity, ...back) - since) / 1000;
}

/** The longest that a request which was under way at or after a moment took, in seconds. */
export function longestWait(attempts: Attempt[], since: number): number {
	const after = attempts.filter(({ ended }) => ended >= since);
	return Math.max(0, ...after.map(({ started, ended }) => ended - started)) / 1000;
}
