import { isIP, isIPv6 } from 'node:net';

/** Stands for the address of a connection that had ended when it was asked for. No limit can count by it. */
export const UNKNOWN_ADDRESS = 'unknown';

/**
 * The address that a request came from, to be asked for when it arrives. Every trusted proxy appends the address that it saw to
 * X-Forwarded-For, so with N of them the N-th entry from the right is the last one that can be
 * believed; what stands left of it was written by the client. What is no address is not believed
 * either: a proxy that only hands the header on would let the client make up anything.
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

/** What limits count by: the address itself, or for IPv6 its /64, which is what one customer gets. */
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
