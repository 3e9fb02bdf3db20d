import { readFileSync } from 'node:fs';
import * as v from 'valibot';

/** The simulator's published default password, which the course gave to everyone. */
export const PUBLIC_SIMULATOR_PASSWORD = 'super_safe!';

const REGISTRATION_MODES = ['open', 'invitation', 'closed'] as const;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** A limit such as `25/300`: 25 points in 300 seconds. */
const limit = v.pipe(
	v.string(),
	v.regex(/^[1-9]\d{0,8}\/[1-9]\d{0,8}$/, 'must be POINTS/SECONDS, such as 25/300'),
	v.transform((text) => {
		const [points, seconds] = text.split('/').map(Number) as [number, number];
		return { points, seconds };
	})
);

const wholeNumber = (min: number, max: number) =>
	v.pipe(
		v.string(),
		v.regex(/^\d+$/, 'must be a whole number'),
		v.transform(Number),
		v.minValue(min, `must be at least ${min}`),
		v.maxValue(max, `must be at most ${max}`)
	);

const port = wholeNumber(1, 65_535);

const yesOrNo = v.pipe(
	v.picklist(['yes', 'no'], 'must be yes or no'),
	v.transform((text) => text === 'yes')
);

const databaseUrl = v.pipe(
	v.string('is missing'),
	v.regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://'),
	// PostgreSQL accepts an empty host after @ and means a socket; URL does not.
	v.check(
		(text) => URL.canParse(text.replace('@/', '@localhost/')),
		'cannot be read: special characters in a password must be percent-encoded'
	)
);

const origin = v.pipe(
	v.string(),
	v.check(
		(text) => URL.canParse(text) && new URL(text).origin === text,
		'must be an origin, such as https://example.org'
	)
);

const isWebAddress = (text: string) => /^https?:\/\//.test(text) && URL.canParse(text);

const webAddress = v.pipe(v.string(), v.check(isWebAddress, 'must be an http(s) address'));

const contact = v.pipe(
	v.string(),
	v.check(
		(text) => isWebAddress(text) || /^[^\s@/:]+@[^\s@/:]+$/.test(text),
		'must be a mail address or an http(s) address'
	)
);

/** `none` stands for an unset key: a Docker secret cannot be empty. */
const smtpUrl = v.pipe(
	v.string(),
	v.check(
		(text) => text === 'none' || (/^smtps?:\/\/[^/]/.test(text) && URL.canParse(text)),
		'must be the address of a mail server, such as smtp://user:password@mail.example.org:587, or none'
	),
	v.transform((text) => (text === 'none' ? undefined : text))
);

const mailAddress = v.pipe(
	v.string(),
	v.regex(
		/^[^<>@\r\n]*(<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/,
		'must be an e-mail address, such as MiniTwit <minitwit@example.org>'
	)
);

/** All configuration keys with their defaults. `.env.example` lists the same keys, which a test checks. */
const schema = v.object({
	DATABASE_URL: databaseUrl,
	DATABASE_DIRECT_URL: v.optional(databaseUrl),
	DATABASE_READ_URL: v.optional(databaseUrl),
	DATABASE_POOL_SIZE: v.optional(wholeNumber(1, 1_000), '10'),
	MIGRATIONS_FOLDER: v.optional(v.string(), 'sql/migrations'),
	HOST: v.optional(v.string(), '127.0.0.1'),
	PORT: v.optional(port, '3000'),
	API_PORT: v.optional(port, '5001'),
	ORIGIN: v.optional(origin),
	API_ORIGIN: v.optional(origin),
	OPERATOR_NAME: v.optional(v.string()),
	OPERATOR_CONTACT: v.optional(contact),
	OPERATOR_RULES: v.optional(v.string()),
	SOURCE_URL: v.optional(webAddress),
	REGISTRATION: v.optional(v.picklist(REGISTRATION_MODES, `must be one of ${REGISTRATION_MODES.join(', ')}`), 'open'),
	SMTP_URL: v.optional(smtpUrl),
	MAIL_FROM: v.optional(mailAddress),
	TRUSTED_PROXIES: v.optional(wholeNumber(0, 10), '0'),
	DRAIN_SECONDS: v.optional(wholeNumber(0, 300), '0'),
	FINISH_SECONDS: v.optional(wholeNumber(1, 300), '1'),
	LOG_LEVEL: v.optional(v.picklist(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`), 'info'),
	SESSION_DAYS: v.optional(wholeNumber(1, 365), '30'),
	SESSION_MAX_DAYS: v.optional(wholeNumber(1, 365), '90'),
	SIMULATOR_USERNAME: v.optional(v.pipe(v.string(), v.minLength(1)), 'simulator'),
	SIMULATOR_PASSWORD: v.optional(v.pipe(v.string(), v.minLength(1)), PUBLIC_SIMULATOR_PASSWORD),
	ACCEPT_PUBLISHED_SIMULATOR: v.optional(yesOrNo, 'no'),
	ACCEPT_DEMO_ACCOUNTS: v.optional(yesOrNo, 'no'),
	LIMIT_LOG_IN_FAILURES_PER_ADDRESS: v.optional(limit, '25/300'),
	LIMIT_LOG_IN_FAILURES_PER_PAIR: v.optional(limit, '10/10800'),
	LIMIT_LOG_IN_FAILURES_PER_ACCOUNT: v.optional(limit, '300/86400'),
	LIMIT_LOG_IN_FAILURES_PER_DEVICE: v.optional(limit, '10/900'),
	LIMIT_REGISTRATIONS_PER_ADDRESS: v.optional(limit, '100/3600'),
	LIMIT_RESETS_PER_ADDRESS: v.optional(limit, '20/3600'),
	LIMIT_RESETS_PER_ACCOUNT: v.optional(limit, '3/3600'),
	LIMIT_CHANGES_PER_ACCOUNT: v.optional(limit, '60/3600'),
	LIMIT_EXPORTS_PER_ACCOUNT: v.optional(limit, '5/3600'),
	LIMIT_REPORTS_PER_ACCOUNT: v.optional(limit, '30/3600'),
	LIMIT_POSTS_PER_ACCOUNT: v.optional(limit, '300/10800'),
	LIMIT_POSTS_PER_ADDRESS: v.optional(limit, '10000/10800'),
	LIMIT_FOLLOWS_PER_ACCOUNT: v.optional(limit, '600/3600'),
	LIMIT_FOLLOWS_PER_ADDRESS: v.optional(limit, '20000/3600')
});

export type Config = v.InferOutput<typeof schema> & {
	DATABASE_DIRECT_URL: string;
	/** Whether other machines may reach the servers: in production, or when listening beyond loopback. */
	isExposed: boolean;
};
export type Limit = v.InferOutput<typeof limit>;

/** The keys of the configuration, in the order of `.env.example`. */
export const configKeys = Object.keys(schema.entries) as (keyof typeof schema.entries)[];

/** An invalid configuration. The message names every invalid key and no value. */
export class ConfigError extends Error {}

/**
 * Reads the configuration from environment variables. A key can be given as `KEY_FILE`, the path of a file with
 * the value, which keeps secrets out of the environment.
 * @throws ConfigError that lists all invalid keys
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
	const values: Record<string, string> = {};
	const problems: string[] = [];
	for (const key of configKeys) {
		const file = environment[`${key}_FILE`];
		const value = file ? readSecret(key, file, problems) : environment[key];
		if (value) values[key] = value;
	}
	const result = v.safeParse(schema, values);
	for (const issue of result.issues ?? []) problems.push(describeIssue(issue));
	if (result.success) problems.push(...findMissingForMail(result.output));
	if (!result.success || problems.length > 0) {
		throw new ConfigError(`The configuration cannot be used: ${[...new Set(problems)].join('; ')}.`);
	}
	const { DATABASE_URL, DATABASE_DIRECT_URL = DATABASE_URL, HOST } = result.output;
	const isExposed = environment.NODE_ENV === 'production' || !isLoopback(HOST);
	return { ...result.output, DATABASE_DIRECT_URL, isExposed };
}

/** Mails name a sender and contain links. */
function findMissingForMail({ SMTP_URL, ...values }: v.InferOutput<typeof schema>): string[] {
	const missing = (['MAIL_FROM', 'ORIGIN'] as const).filter((key) => SMTP_URL !== undefined && !values[key]);
	return missing.map((key) => `${key} is missing, which SMTP_URL requires`);
}

function isLoopback(host: string): boolean {
	return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}

function readSecret(key: string, file: string, problems: string[]): string | undefined {
	try {
		const value = readFileSync(file, 'utf8').trim();
		// An empty secret would silently fall back to the published default.
		if (value === '') problems.push(`${key}_FILE names an empty file`);
		return value;
	} catch {
		problems.push(`${key}_FILE names a file that cannot be read`);
	}
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
	const key = String(issue.path?.[0]?.key);
	return `${key} ${issue.received === 'undefined' ? 'is missing' : issue.message}`;
}
