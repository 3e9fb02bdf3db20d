import { expect } from 'vitest';
import { type LogIn, logIn } from '#lib/server/accounts/log-in.ts';

export const INVALID = { invalid: true };
export const LIMITED = { limited: { retryAfterSeconds: expect.any(Number) } };

let count = 0;
/** An address that no other test uses. */
export const newAddress = () => `198.51.${++count}.7`;
export const newDevice = () => `device ${++count}`;
/** A browser that has never logged in. */
export const newBrowser = (address = newAddress()) => ({ address, device: newDevice() });
/** A program, which keeps no cookie. */
export const newProgram = (address = newAddress()) => ({ address, device: null });

/** Runs attempts at the same moment. */
export const together = (times: number, attempt: () => Promise<LogIn>) =>
	Promise.all(Array.from({ length: times }, attempt));
export const guess = (name: string, client = newBrowser()) => logIn(name, 'wrong', client);
