import { describe, expect, test } from 'vitest';
import { isOwnHost, strictTransport, useOriginForm } from '#lib/server/listening/own-host.ts';

const anyName = { origin: undefined, listensOn: '0.0.0.0' };
const oneName = { origin: 'https://minitwit.example', listensOn: '0.0.0.0' };

describe('the host of a request', () => {
	test.each([
		'127.0.0.1',
		'127.0.0.1:3000',
		'192.168.1.7:3000',
		'[::1]:3000',
		'localhost',
		'a.localhost:80',
		'api:5001'
	])('%s is accepted without an origin', (host) => expect(isOwnHost(host, '/', anyName)).toBe(true));

	test.each([
		'evil.example',
		'evil.example:3000',
		'localhost.evil.example',
		'127.0.0.1.evil.example',
		'',
		'a b',
		'x@127.0.0.1'
	])('%j is rejected without an origin', (host) => {
		expect(isOwnHost(host, '/', anyName)).toBe(false);
		expect(isOwnHost(host, '/healthz', anyName)).toBe(false);
	});

	test('is accepted if the server listens on it', () => {
		expect(isOwnHost('Pi.home.arpa:3000', '/', { origin: undefined, listensOn: 'pi.home.arpa' })).toBe(true);
	});

	test.each(['minitwit.example', 'MiniTwit.example', 'minitwit.example:443'])('%s is accepted with an origin', (host) =>
		expect(isOwnHost(host, '/', oneName)).toBe(true)
	);

	test.each([
		'minitwit.example:80',
		'minitwit.example:8443',
		'api.minitwit.example',
		'127.0.0.1',
		'localhost',
		'web:3000'
	])('%s is rejected with an origin', (host) => expect(isOwnHost(host, '/', oneName)).toBe(false));

	test('may be the address of a replica on the monitoring paths', () => {
		for (const path of ['/healthz', '/readyz', '/metrics']) {
			expect(isOwnHost('10.0.0.7:3000', path, oneName)).toBe(true);
			expect(isOwnHost('minitwit.example', path, oneName)).toBe(true);
			expect(isOwnHost('evil.example', path, oneName)).toBe(false);
		}
	});
});

describe('a target in absolute form', () => {
	test.each([
		['http://minitwit.example/public?after=1', '/public?after=1'],
		['HTTPS://minitwit.example', '/'],
		['http://minitwit.example?after=1', '/?after=1']
	])('%s is rewritten, and its authority becomes the host', (url, path) => {
		const request = { url, headers: { host: 'evil.example' } };
		useOriginForm(request);
		expect(request).toEqual({ url: path, headers: { host: 'minitwit.example' } });
	});

	test.each(['/public', '/http://minitwit.example/', '*', '//minitwit.example/'])('%s is left unchanged', (url) => {
		const request = { url, headers: { host: 'evil.example' } };
		useOriginForm(request);
		expect(request).toEqual({ url, headers: { host: 'evil.example' } });
	});
});

test('an HTTPS origin enables HSTS, including subdomains', () => {
	expect(strictTransport('https://minitwit.example')).toBe('max-age=31536000; includeSubDomains');
	expect(strictTransport('http://127.0.0.1:3000')).toBeNull();
	expect(strictTransport(undefined)).toBeNull();
});
