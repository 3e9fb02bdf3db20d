import { parseFlags, readNumber, readSpeed, readTime, readUrl } from '../command-line.ts';

/** The parsed command line. */
export interface Flags {
	/** Null for the API's address in the configuration. */
	url: URL | null;
	/** Null for a generated log. */
	scenario: string | null;
	/** The number of actions to replay, and to skip before the first. */
	limit: number | null;
	offset: number;
	/** The number of concurrent clients. */
	parallel: number;
	/** A factor of the original speed; `Infinity` for no pauses. */
	speed: number;
	timeoutMilliseconds: number;
	seed: number;
	/** The number of users in a generated log. */
	users: number | null;
	/** Write the log to this file and send nothing. */
	write: string | null;
	verify: boolean;
}

export const USAGE = `npm run simulate -- [flags]   replays a simulator log against the API

  --url URL           the API; default: this machine, port API_PORT
  --scenario FILE     a simulator log; default: a generated one
  --limit N           replay N actions (default for a generated log: 1000)
  --offset N          skip the first N actions
  --parallel N        concurrent clients; each user's actions stay in order (1)
  --speed S           original, a factor such as 2.5, or max (max)
  --timeout TIME      time-out of a request, such as 300ms or 2s (300ms)
  --seed N            seed of a generated log (1)
  --users N           users in a generated log (one per 40 actions)
  --write FILE        write the log to FILE and send nothing
  --verify            send no actions; compare the API's state with the state expected after the log`;

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

/**
 * Parses the command line.
 * @throws UsageError that names the first bad flag
 */
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
