import { expect, test } from 'vitest';
import { markCopy, showCopyTime } from '../../src/service-worker/saved-at.ts';

const ID = '00000000-0000-4000-8000-000000000000';
const show = async (body: string) =>
	(await showCopyTime(markCopy(new Response(`<html lang="en"><body>${body}</body></html>`)))).text();

test('the form on a copy gets a new id, and the page tells from when it is', async () => {
	const html = await show(`<form><input type="hidden" name="id" value="${ID}" autocomplete="off"/></form>`);
	expect(html).toMatch(/^<html data-saved-at="1970-01-01T00:00:00\.000Z" lang="en">/);
	expect(html).toMatch(/<input type="hidden" name="id" value="[0-9a-f-]{36}" autocomplete="off"\/>/);
	expect(html).not.toContain(ID);
});

test('a name that looks like part of that form stays as it is', async () => {
	const body = '<a href="/x">name="id" value="</a> <time datetime="2026-01-01">now</time>';
	expect(await show(body)).toContain(body);
});
