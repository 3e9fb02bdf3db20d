import { createHash, randomBytes } from 'node:crypto';
import { SQL, type Statement, execute } from '#lib/server/database/database.ts';
import { addressKey } from './rate-limits.ts';

/*
 * Devices that have logged in to an account before. Others' failures do not limit them, so that nobody
 * can lock people out of their accounts by guessing ("device cookies" in OWASP's guide
 * Slow Down Online Guessing Attacks). Only hashes are stored.
 */

/** Who attempts to log in. */
export interface Client {
	address: string;
	/** The id that a browser keeps in a cookie; null for a client without one, whose address stands for it. */
	device: string | null;
}

/** The cookie that holds a browser's id. It stays when a person logs out. */
export const DEVICE_COOKIE = 'device';
/** A device that has not logged in for so long is forgotten, and its cookie ends. */
export const DEVICE_SECONDS = 365 * 24 * 3600;

/** An id for a browser that has none yet. */
export function createDeviceId(): string {
	return randomBytes(32).toString('base64url');
}

/** What is stored of a device. The kind is part of it, so that no cookie can name an address. */
export function deviceHashOf({ address, device }: Client): Buffer {
	const text = device === null ? `address ${addressKey(address)}` : `browser ${device}`;
	return createHash('sha256').update(text).digest();
}

/** Remembers that a device has logged in to an account, at most once a day. */
export async function rememberDevice(userId: number, deviceHash: Buffer): Promise<void> {
	await execute(
		SQL`
		INSERT INTO known_devices (user_id, device_hash) VALUES (${userId}, ${deviceHash})
		ON CONFLICT (user_id, device_hash) DO UPDATE SET last_seen_at = now()
		WHERE known_devices.last_seen_at < now() - interval '1 day'`.setName('remember_device')
	);
}

/** Removes devices that have not logged in for long, so many rows at most. */
export function forgottenDevices(rows: number): Statement {
	return SQL`
		DELETE FROM known_devices
		WHERE (user_id, device_hash) IN (
			SELECT user_id, device_hash FROM known_devices
			WHERE last_seen_at < now() - ${DEVICE_SECONDS} * interval '1 second' LIMIT ${rows}
		)`;
}
