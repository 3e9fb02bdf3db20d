import { UsageError, parseFlags, readSpeed, readUrl } from '../command-line.ts';

/** What the command line asks for. */
export interface Flags {
	logs: string[];
	/** The web app and the API; null leaves out what was sent to it. */
	url: URL | null;
	apiUrl: URL | null;
	password: string;
	/** How many times as fast as then; infinite for no pauses at all. */
	speed: number;
	writesOnly: boolean;
	failed: boolean;
}

export const USAGE = `npm run replay -- --log FILE --url URL [flags]   sends the requests of a log again

  --log FILE          lines of the web app, the API or both; may be given several times
  --url URL           the web app that is sent what the logged one was
  --api-url URL       the same for the API
  --password TEXT     takes the place of every redacted password (replayed horse battery)
  --speed S           original, N times as fast as that, or max (max)
  --writes-only       leave out what only reads
  --failed            send also what was answered with 429 or 5xx, and so was not done
  --any-host          the target may be another machine than this one

The simulator's credentials are SIMULATOR_USERNAME and SIMULATOR_PASSWORD. The limits of the target
count: give it higher ones, or TRUSTED_PROXIES=1 to count by the addresses in the log.`;

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

/** Reads the command line. @throws UsageError that says what is wrong with it */
export function readFlags(args: string[]): Flags {
	const values = parseFlags(args, OPTIONS);
	if (values.log.length === 0) throw new UsageError('--log FILE says which requests to send. --help lists the flags.');
	const url = values.url === undefined ? null : readUrl('url', values.url);
	const apiUrl = values['api-url'] === undefined ? null : readUrl('api-url', values['api-url']);
	if (!url && !apiUrl) throw new UsageError('--url or --api-url says where to send them. --help lists the flags.');
	for (const target of [url, apiUrl]) {
		if (!target || values['any-host'] || isThisMachine(target)) continue;
		throw new UsageError(`${target.hostname} is another machine, which this would change: add --any-host to mean it.`);
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
