import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/* What turns Swagger UI's page into one of MiniTwit's: header, icon and styles. */

const SHAPE = 'M9 36V23a7 7 0 0 1 14 0v7M23 23a7.5 7.5 0 0 1 14.6-2.4L43 22l-5 2.6V27a9 9 0 0 1-9 9h-6';
const STROKE = 'fill="none" stroke-width="4.5" stroke-linecap="round" stroke-linejoin="round"';

const HEAD = `<meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">`;
const WORDMARK = `<svg viewBox="6 12 40 27" width="36" height="24" aria-hidden="true"><path d="${SHAPE}" stroke="currentColor" ${STROKE}/></svg>
      MiniTwit`;

export const TITLE = 'MiniTwit API';

/** The icon of the site (static/icon.svg, which the API's image does not have). */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" rx="11" fill="#0f6e72"/><path d="${SHAPE}" stroke="#f1fbfa" ${STROKE}/></svg>`;

export const STYLES = readFileSync(join(import.meta.dirname, 'theme.css'), 'utf8');

/** Returns Swagger UI's page with MiniTwit's header, fit for phones. `site` is the web app's origin, if it is known. */
export function withHeader(html: string, site: string | undefined): string {
	const wordmark = site === undefined ? WORDMARK : `<a href="${site}">${WORDMARK}</a>`;
	return html
		.replace('<head>', `<head>\n      ${HEAD}`)
		.replace('<div id="swagger-ui">', `<header class="bar">${wordmark}</header>\n      <div id="swagger-ui">`);
}
