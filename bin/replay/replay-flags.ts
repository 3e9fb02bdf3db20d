import { UsageError, parseFlags, readSpeed, readUrl } from '../command-line.ts';

/** The parsed command line. */
export interface Flags {
	logs: string[];
	/** The web app and the API. Requests to one that is null are skipped. */
	url: URL | null;
	apiUrl: URL | null;
	password: string;
	/** A factor of the original speed; `Infinity` for no pauses. */
	speed: number;
	writesOnly: boolean;
	failed: boolean;
}

export const USAGE = `npm run replay -- --log FILE --url URL [flags]   sends logged requests again

  --log FILE          a log of the web app, the API or both; can be repeated
  --url URL           the web app that receives the web app's requests
  --api-url URL       the API that receives the API's requests
  --password TEXT     replaces every redacted password (replayed horse battery)
  --speed S           original, a factor such as 2.5, or max (max)
  --writes-only       skip requests that only read
  --failed            also send requests that were answered with 429 or 5xx, and so not processed
  --any-host          allow a target on another machine

The simulator's credentials are SIMULATOR_USERNAME and SIMULATOR_PASSWORD. The target's rate limits
apply: raise them, or set TRUSTED_PROXIES=1 there to count by the addresses in the log.`;

const OPTIONS = {
	log: { type: 'string', multiple: true, default: [] as string[] },
	url: { type: 'string' },
	'api-url': { type: 'string' },
	password: { type: 'string', default: 'replayed horse battery' },
	speed: { type: 'string', default: 'max' },
	'writes-only': { type: 'boolean', default: false },
	failed: { type: 'boolean', default: false },
	'any-host': { type: 'boolean', default: false }
} as const;

/**
 * Parses the command line.
 * @throws UsageError
 */
export function readFlags(args: string[]): Flags {
	const values = parseFlags(args, OPTIONS);
	if (values.log.length === 0) throw new UsageError('--log FILE is missing. --help lists the flags.');
	const url = values.url === undefined ? null : readUrl('url', values.url);
	const apiUrl = values['api-url'] === undefined ? null : readUrl('api-url', values['api-url']);
	if (!url && !apiUrl) throw new UsageError('--url or --api-url is missing. --help lists the flags.');
	for (const target of [url, apiUrl]) {
		if (!target || values['any-host'] || isThisMachine(target)) continue;
		throw new UsageError(
			`${target.hostname} is another machine, and a replay changes its data: add --any-host to allow that.`
		);
	}
	return {
		logs: values.log,
		url,
		apiUrl,
		password: values.password,
		speed: readSpeed(values.speed),
		writesOnly: values['writes-only'],
		failed: values.failed
	};
}

function isThisMachine({ hostname }: URL): boolean {
	return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
