import { expect, test } from 'vitest';
import { markCopy, showCopyTime } from '../../src/service-worker/saved-at.ts';

const ID = '00000000-0000-4000-8000-000000000000';
const show = async (body: string) =>
	(await showCopyTime(markCopy(new Response(`<html lang="en"><body>${body}</body></html>`)))).text();

test('a saved page shows when it was saved, and its form has a new id', async () => {
	const html = await show(`<form><input type="hidden" name="id" value="${ID}" autocomplete="off"/></form>`);
	expect(html).toMatch(/^<html data-saved-at="1970-01-01T00:00:00\.000Z" lang="en">/);
	expect(html).toMatch(/<input type="hidden" name="id" value="[0-9a-f-]{36}" autocomplete="off"\/>/);
	expect(html).not.toContain(ID);
});

test('text that looks like part of the form is left unchanged', async () => {
	const body = '<a href="/x">name="id" value="</a> <time datetime="2026-01-01">now</time>';
	expect(await show(body)).toContain(body);
});
