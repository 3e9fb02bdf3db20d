import { countCodePoints } from '#lib/limits.ts';
import type { Link } from '#lib/server/messages/links.ts';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };

/** Returns a text escaped for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
	return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Returns a plain-text sentence as HTML: escaped, with its isolated names (see isolated-name.ts) in `<bdi>`. */
export function sentenceHtml(sentence: string): string {
	return escapeHtml(sentence).replace(/\u2068([^\u2068\u2069]*)\u2069/g, '<bdi>$1</bdi>');
}

/** How much of an address is shown, in code points; its host is always whole. */
const MAX_SHOWN_ADDRESS = 50;

/** Returns an address as a link shows it: without its scheme, and cut off if it is long. */
function shortAddress(address: string): string {
	const bare = address.replace(/^https?:\/\//i, '');
	const host = bare.slice(0, bare.search(/[/?#]|$/));
	const limit = Math.max(MAX_SHOWN_ADDRESS, countCodePoints(host) + 1);
	const start = [...bare.slice(0, 2 * limit)].slice(0, limit).join('');
	return start.length < bare.length ? `${start}…` : bare;
}

/**
 * Returns a message as HTML: escaped, with its URLs shortened, as links that pass on neither ranking nor referrer. `dir`
 * isolates a link, so that the text around it can't change the order of its characters.
 */
export function messageHtml(text: string, links: Link[]): string {
	let html = '';
	let end = 0;
	for (const link of links) {
		const address = text.slice(link.start, link.end);
		// After a word, the scheme is what separates the address from it.
		const isApart = link.start === 0 || /[\s([{"'“‘«<]/.test(text.charAt(link.start - 1));
		const shown = escapeHtml(isApart ? shortAddress(address) : address);
		html += escapeHtml(text.slice(end, link.start));
		html += `<a href="${escapeHtml(link.href)}" rel="nofollow ugc noopener" target="_blank" dir="ltr">${shown}</a>`;
		end = link.end;
	}
	return html + escapeHtml(text.slice(end));
}
