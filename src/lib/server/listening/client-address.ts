import { isIP, isIPv6 } from 'node:net';

/** Placeholder for the address of a connection that was already closed. Limits cannot count by it. */
export const UNKNOWN_ADDRESS = 'unknown';

/**
 * The address of a request's client. Call it when the request arrives, because a closed connection has no address.
 * Every trusted proxy appends the address of its peer to X-Forwarded-For, so with N proxies the N-th entry from the
 * right is the last one to trust; the client controls everything to the left. An entry that is not an IP address is not
 * trusted either, because a proxy that only forwards the header would let the client choose it.
 */
export function clientAddress(
	socketAddress: string | undefined,
	forwardedFor: string | null | undefined,
	trustedProxies: number
): string {
	const seen = (forwardedFor ?? '')
		.split(',')
		.map((part) => part.trim())
		.filter(Boolean);
	const believed = trustedProxies > 0 ? seen.at(-Math.min(trustedProxies, seen.length)) : undefined;
	const address = believed && isIP(believed) ? believed : (socketAddress ?? UNKNOWN_ADDRESS);
	return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** The key that limits count by: the address, or for IPv6 its /64, which one customer gets. */
export function addressForLimits(address: string): string {
	if (!isIPv6(address)) return address;
	const [head = '', tail] = address.split('::');
	const groups = head.split(':').filter(Boolean);
	if (tail !== undefined) {
		const missing = 8 - groups.length - tail.split(':').filter(Boolean).length;
		groups.push(...Array<string>(Math.max(0, missing)).fill('0'), ...tail.split(':').filter(Boolean));
	}
	return `${groups
		.slice(0, 4)
		.map((group) => Number.parseInt(group, 16).toString(16))
		.join(':')}::/64`;
}
