import { isBlank } from '#lib/text/message-text.ts';
import type { Config } from '#lib/server/config.ts';
import { SQL, type Statement, inTransaction } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { isUsableInvite, lockedInvite, usedInvite } from './invites.ts';
import { NO_PASSWORD, validateRepeatedPassword } from './password-rules.ts';
import { hashPassword } from './passwords.ts';
import { type Limited, addressKey, spendPoint } from './rate-limits.ts';
import { validateNewName } from './username-rules.ts';
import { TAKEN, type Registration, createUser, validateEmail, validateName } from './users.ts';

/** A registration as entered; a form asks for the password twice. */
export interface EnteredRegistration extends Registration {
	repeatedPassword?: string;
	/** The code of an invitation. */
	invite?: string;
}

/** A part of a registration that can be wrong. */
export type RegistrationField = keyof EnteredRegistration;

/** Who submits a registration: an anonymous client at an address, or the simulator. */
export type Registrant = { address: string } | 'simulator';

/** The outcome of a registration. */
export type RegistrationOutcome =
	| { kind: 'registered' }
	/** The first wrong field in the order of the form, and the error message. */
	| { kind: 'invalid'; field: RegistrationField; sentence: string }
	| { kind: 'limited'; limited: Limited }
	/** Only the simulator can register. */
	| { kind: 'closed' };

/** Who can register: everybody, people with an invitation, or nobody. */
export type RegistrationMode = Config['REGISTRATION'];

let mode: RegistrationMode = 'open';

/** Sets who can register. */
export function configureRegistration({ REGISTRATION }: Pick<Config, 'REGISTRATION'>): void {
	mode = REGISTRATION;
}

/** Returns who can register. */
export function findRegistrationMode(): RegistrationMode {
	return mode;
}

/**
 * Registers a user. Anonymous clients must meet stricter rules than the protocol sets for the simulator: a password
 * that is not easily guessed, and a name that cannot be confused with another user or a page of the site.
 * @throws BusyError
 */
export async function register(entered: EnteredRegistration, by: Registrant): Promise<RegistrationOutcome> {
	return by === 'simulator' ? registerForSimulator(entered) : registerVisitor(entered, by.address);
}

interface Fault {
	field: RegistrationField;
	sentence: string;
}

const faultIn = (field: RegistrationField, sentence: string | null): Fault | null =>
	sentence === null ? null : { field, sentence };

const invalid = (fault: Fault) => ({ kind: 'invalid', ...fault }) as const;

const NAME_TAKEN = invalid({ field: 'name', sentence: TAKEN });

/**
 * Returns what is wrong with a registration by the simulator, or null. It may use any name that can stand in a path, and
 * any password.
 */
export function findSimulatedFault({ name, email, password }: Registration): Fault | null {
	return (
		faultIn('name', validateName(name)) ??
		faultIn('email', validateEmail(email)) ??
		faultIn('password', password === '' ? NO_PASSWORD : null)
	);
}

async function registerForSimulator(registration: Registration): Promise<RegistrationOutcome> {
	const fault = findSimulatedFault(registration);
	if (fault) return invalid(fault);
	return (await createUser(registration)) ? { kind: 'registered' } : NAME_TAKEN;
}

async function registerVisitor(entered: EnteredRegistration, address: string): Promise<RegistrationOutcome> {
	if (mode === 'closed') return { kind: 'closed' };
	const registration = { ...entered, name: entered.name.trim(), email: entered.email.trim() };
	const fault = await validate(registration);
	if (fault) return invalid(fault);
	const limited = await spendPoint('registrationsPerAddress', addressKey(address));
	if (limited) return { kind: 'limited', limited };
	return createDistinctUser(registration);
}

async function validate(entered: EnteredRegistration): Promise<Fault | null> {
	const { name, email, password, repeatedPassword = password } = entered;
	return (
		// First, so that without an invitation nobody finds out which names are taken.
		(await validateInvite(entered)) ??
		faultIn('name', validateName(isBlank(name) ? '' : name)) ??
		faultIn('email', validateEmail(email)) ??
		(await validateRepeatedPassword(password, repeatedPassword, [name, email])) ??
		faultIn('name', validateNewName(name))
	);
}

const WRONG_INVITE = {
	field: 'invite',
	sentence: 'This invitation code is wrong, used up, expired or revoked'
} as const;

async function validateInvite({ invite = '' }: EnteredRegistration): Promise<Fault | null> {
	if (mode !== 'invitation') return null;
	if (isBlank(invite)) return { field: 'invite', sentence: 'You have to enter an invitation code' };
	return (await isUsableInvite(invite)) ? null : WRONG_INVITE;
}

/** A statement that makes concurrent registrations of look-alike names wait for each other. */
export function lookAlikesLocked(name: string): Statement {
	return SQL`SELECT pg_advisory_xact_lock(hashtext(lower(normalize(${name}, NFKC))))`;
}

/** Creates a user unless an existing or held name differs only in case or look-alike form, and uses up the invitation. */
async function createDistinctUser(registration: EnteredRegistration): Promise<RegistrationOutcome> {
	const { name, email, password, invite = '' } = registration;
	const isByInvite = mode === 'invitation';
	const passwordHash = await hashPassword(password);
	const outcome = await inTransaction<RegistrationOutcome>(async (execute) => {
		// Another registration may have used it up meanwhile.
		if (isByInvite && (await execute(lockedInvite(invite))) === 0) return invalid(WRONG_INVITE);
		await execute(lookAlikesLocked(name));
		const created = await execute(SQL`
			INSERT INTO users (name, email, password_hash)
			SELECT ${name}, ${email}, ${passwordHash}
			WHERE NOT EXISTS (SELECT FROM users WHERE name_key = lower(normalize(${name}, NFKC)))
				AND NOT EXISTS (
					SELECT FROM held_names WHERE name_key = lower(normalize(${name}, NFKC)) AND held_until > now()
				)
			ON CONFLICT (name) DO NOTHING`);
		if (created === 0) return NAME_TAKEN;
		if (isByInvite) await execute(usedInvite(invite));
		return { kind: 'registered' };
	});
	if (outcome.kind === 'registered') countChange('user', 'insert', 1);
	return outcome;
}
