import { parseFlags, readNumber, readSpeed, readTime, readUrl } from '../command-line.ts';

/** What the command line asks for. */
export interface Flags {
	/** Null: where the configuration says that the API listens. */
	url: URL | null;
	/** Null: a log of our own making. */
	scenario: string | null;
	/** Actions to replay, and to leave out before the first one. */
	limit: number | null;
	offset: number;
	/** Clients at once. */
	parallel: number;
	/** How many times as fast as the original; infinite for no pauses at all. */
	speed: number;
	timeoutMilliseconds: number;
	seed: number;
	/** People in a log of our own making. */
	users: number | null;
	/** Write the log to this file and send nothing. */
	write: string | null;
	verify: boolean;
}

export const USAGE = `npm run simulate -- [flags]   plays a simulator's log against the API

  --url URL           the API; default: this machine, port API_PORT
  --scenario FILE     a simulator's log; default: one of our own making
  --limit N           replay N actions (own log: 1000 when not given)
  --offset N          leave out the first N actions
  --parallel N        clients at once, each user's actions in order (1)
  --speed S           original, N times as fast as that, or max (max)
  --timeout TIME      of one exchange: 300ms, 2s (300ms)
  --seed N            of a log of our own making (1)
  --users N           people in it (one for each 40 actions)
  --write FILE        write the log to FILE and send nothing
  --verify            send no action, compare the state with what the log implies`;

const OPTIONS = {
	url: { type: 'string' },
	scenario: { type: 'string' },
	limit: { type: 'string' },
	offset: { type: 'string', default: '0' },
	parallel: { type: 'string', default: '1' },
	speed: { type: 'string', default: 'max' },
	timeout: { type: 'string', default: '300ms' },
	seed: { type: 'string', default: '1' },
	users: { type: 'string' },
	write: { type: 'string' },
	verify: { type: 'boolean', default: false }
} as const;

/** Reads the command line. @throws UsageError that names the first bad flag */
export function readFlags(args: string[]): Flags {
	const values = parseFlags(args, OPTIONS);
	return {
		url: values.url === undefined ? null : readUrl('url', values.url),
		scenario: values.scenario ?? null,
		limit: values.limit === undefined ? null : readNumber('limit', values.limit, 1),
		offset: readNumber('offset', values.offset, 0),
		parallel: readNumber('parallel', values.parallel, 1, 1_000),
		speed: readSpeed(values.speed),
		timeoutMilliseconds: readTime('timeout', values.timeout),
		seed: readNumber('seed', values.seed, 0),
		users: values.users === undefined ? null : readNumber('users', values.users, 1),
		write: values.write ?? null,
		verify: values.verify
	};
}
