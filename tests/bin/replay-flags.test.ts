import { describe, expect, test } from 'vitest';
import { readFlags } from '../../bin/replay/replay-flags.ts';

describe('the command line', () => {
	test.each([
		[[], '--log FILE'],
		[['--log', 'x'], '--url or --api-url'],
		[['--log', 'x', '--url', 'here'], '--url must be an address'],
		[['--log', 'x', '--url', 'http://127.0.0.1:3000', '--speed', 'slow'], '--speed must be'],
		[['--log', 'x', '--url', 'https://minitwit.example'], 'another machine'],
		[['--log', 'x', '--url', 'http://127.0.0.1', '--api-url', 'http://127.0.0.1.example.org'], 'another machine'],
		[['--nothing'], "Unknown option '--nothing'"]
	])('rejects %j', (args, sentence) => {
		expect(() => readFlags(args)).toThrow(sentence);
	});

	test('accepts another machine with --any-host', () => {
		const flags = readFlags(['--log', 'a', '--log', 'b', '--api-url', 'https://api.example', '--any-host']);
		expect(flags).toMatchObject({ logs: ['a', 'b'], url: null, speed: Infinity });
		expect(flags?.apiUrl?.hostname).toBe('api.example');
	});
});
