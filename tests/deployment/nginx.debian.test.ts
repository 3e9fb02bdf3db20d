import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Site, startSite } from './site.ts';

let site: Site;

beforeAll(async () => {
	site = await startSite(inject('serverUrl'));
});

afterAll(() => site.stop());

describe('what reaches the replicas', () => {
	test('all of them get their share', async () => {
		for (let number = 0; number < 10; number++) {
			expect((await site.ask('/public')).status).toBe(200);
			expect((await site.simulate('/msgs')).status).toBe(200);
		}
		for (const { logFile } of [...site.web, ...site.api]) {
			expect(readFileSync(logFile, 'utf8')).toMatch(/"path":"\/(public|msgs)"/);
		}
		expect(site.nginx.accessLog().length).toBeGreaterThan(1);
		expect(site.nginx.errorLog()).toBe('');
		expect(await site.signUp('alice')).toHaveProperty('cookie');
	});
});
