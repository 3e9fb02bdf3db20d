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

/**
 * Returns a message as HTML: escaped, with its URLs shortened, as links that pass on neither ranking nor referrer. `dir`
 * isolates a link, so that the text around it can't change the order of its characters.
 */
export function messageHtml(text: string, links: Link[]): string {
	let html = '';
	let end = 0;
	for (const link of links) {
		// Copies that browsers saved with an older version have no shorter form.
		const shown = escapeHtml(link.shown ?? link.href);
		html += escapeHtml(text.slice(end, link.start));
		html += `<a href="${escapeHtml(link.href)}" rel="nofollow ugc noopener" target="_blank" dir="ltr">${shown}</a>`;
		end = link.end;
	}
	return html + escapeHtml(text.slice(end));
}
