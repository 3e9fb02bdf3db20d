import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { securityHeaders } from '../../web-server/response-headers.ts';

test('the policy admits the style of the error page that SvelteKit sends when nothing else works', () => {
	const [, style = ''] = /<style>(.*?)<\/style>/s.exec(readFileSync('src/error.html', 'utf8')) ?? [];
	const hash = createHash('sha256').update(style).digest('base64');
	expect(securityHeaders('/', undefined)['content-security-policy']).toContain(`style-src 'sha256-${hash}'`);
});
