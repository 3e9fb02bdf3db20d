import { expect, test } from 'vitest';
import { readConfig } from '#lib/server/config.ts';
import { configureSite, describeSite, findApiDocumentation } from '#lib/server/site.ts';

const configure = (settings: Record<string, string>) =>
	configureSite(readConfig({ DATABASE_URL: 'postgres://127.0.0.1/minitwit', ...settings }));

test('nothing is said about a site whose operator has configured nothing', () => {
	configure({});
	expect(describeSite()).toEqual({ operator: null, contact: null, rules: [], source: null });
	expect(findApiDocumentation()).toBeNull();
});

test('the operator, their rules and the addresses are shown as configured', () => {
	configure({
		OPERATOR_NAME: 'Alice',
		OPERATOR_CONTACT: 'alice@example.org',
		OPERATOR_RULES: '\nBe kind.\nAlways.\r\n \r\n\n\nNo spam.\n',
		SOURCE_URL: 'https://git.example/minitwit',
		API_ORIGIN: 'https://api.example.org'
	});
	expect(describeSite()).toEqual({
		operator: 'Alice',
		contact: { text: 'alice@example.org', href: 'mailto:alice@example.org' },
		rules: ['Be kind.\nAlways.', 'No spam.'],
		source: 'https://git.example/minitwit'
	});
	expect(findApiDocumentation()).toBe('https://api.example.org/docs');
	configure({ OPERATOR_CONTACT: 'https://example.org/contact' });
	expect(describeSite().contact).toEqual({ text: 'https://example.org/contact', href: 'https://example.org/contact' });
});
