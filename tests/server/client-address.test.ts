import { describe, expect, test } from 'vitest';
import { addressForLimits, clientAddress } from '#lib/server/listening/client-address.ts';

describe('the address of a client', () => {
	test('is the socket address if no proxy is trusted, whatever the header says', () => {
		expect(clientAddress('192.0.2.1', '198.51.100.9', 0)).toBe('192.0.2.1');
	});

	test('is what the nearest trusted proxies saw; earlier entries of the header are ignored', () => {
		expect(clientAddress('10.0.0.1', '203.0.113.66, 192.0.2.1', 1)).toBe('192.0.2.1');
		expect(clientAddress('10.0.0.1', '203.0.113.66, 192.0.2.1, 10.0.0.2', 2)).toBe('192.0.2.1');
		expect(clientAddress('10.0.0.1', ' , ,192.0.2.1', 1)).toBe('192.0.2.1');
	});

	test('is the socket address if the header is missing or malformed', () => {
		expect(clientAddress('10.0.0.1', null, 1)).toBe('10.0.0.1');
		expect(clientAddress('10.0.0.1', '', 1)).toBe('10.0.0.1');
		expect(clientAddress('10.0.0.1', 'x'.repeat(400), 1)).toBe('10.0.0.1');
		expect(clientAddress(undefined, null, 0)).toBe('unknown');
	});

	test('is the IPv4 address if it arrives as an IPv4-mapped IPv6 address', () => {
		expect(clientAddress('::ffff:192.0.2.1', null, 0)).toBe('192.0.2.1');
		expect(clientAddress('10.0.0.1', '::FFFF:192.0.2.1', 1)).toBe('192.0.2.1');
		expect(clientAddress('::ffff:c000:201', null, 0)).toBe('::ffff:c000:201');
	});
});

describe('the address under which limits count', () => {
	test.each([
		['192.0.2.1', '192.0.2.1'],
		['unknown', 'unknown'],
		['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
		['2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
		['2001:DB8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
		['2001:db8::1', '2001:db8:0:0::/64'],
		['::1', '0:0:0:0::/64'],
		['::', '0:0:0:0::/64'],
		['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
		['fe80::1%eth0', 'fe80:0:0:0::/64'],
		['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64']
	])('of %s is %s', (address, counted) => {
		expect(addressForLimits(address)).toBe(counted);
	});
});
