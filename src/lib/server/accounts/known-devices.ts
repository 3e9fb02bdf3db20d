import { createHash, randomBytes } from 'node:crypto';
import { SQL, type Statement, execute } from '#lib/server/database/database.ts';
import { addressKey } from './rate-limits.ts';

/*
 * Devices that have logged in to an account before. Failures on other devices do not limit them, so an attacker
 * cannot lock people out of their accounts by guessing passwords ("device cookies" in OWASP's "Slow Down Online
 * Guessing Attacks"). Only hashes are stored.
 */

/** The client of a log-in attempt. */
export interface Client {
	address: string;
	/** The id in the browser's device cookie; null for a client without one, which is identified by its address. */
	device: string | null;
}

/** The cookie with the browser's device id. It survives a log-out. */
export const DEVICE_COOKIE = 'device';
/** The lifetime of a device and its cookie after the last log-in. */
export const DEVICE_SECONDS = 365 * 24 * 3600;

/** Creates a random id for a browser that has none. */
export function createDeviceId(): string {
	return randomBytes(32).toString('base64url');
}

/** The stored hash of a device. It covers the kind, so a cookie value cannot collide with an address. */
export function deviceHashOf({ address, device }: Client): Buffer {
	const text = device === null ? `address ${addressKey(address)}` : `browser ${device}`;
	return createHash('sha256').update(text).digest();
}

/** Records that a device has logged in to an account. Writes at most once a day. */
export async function rememberDevice(userId: number, deviceHash: Buffer): Promise<void> {
	await execute(
		SQL`
		INSERT INTO known_devices (user_id, device_hash) VALUES (${userId}, ${deviceHash})
		ON CONFLICT (user_id, device_hash) DO UPDATE SET last_seen_at = now()
		WHERE known_devices.last_seen_at < now() - interval '1 day'`.setName('remember_device')
	);
}

/** A statement that deletes at most `rows` devices whose lifetime has passed. */
export function forgottenDevices(rows: number): Statement {
	return SQL`
		DELETE FROM known_devices
		WHERE (user_id, device_hash) IN (
			SELECT user_id, device_hash FROM known_devices
			WHERE last_seen_at < now() - ${DEVICE_SECONDS} * interval '1 second' LIMIT ${rows}
		)`;
}
