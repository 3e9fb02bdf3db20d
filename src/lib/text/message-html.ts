import type { Link } from '#lib/server/messages/links.ts';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };

/** Text as HTML in which no character means anything but itself, neither in content nor in an attribute. */
export function escapeHtml(text: string): string {
	return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** A sentence in plain text as HTML: escaped, its isolated names (see isolated-name.ts) as `<bdi>`. */
export function sentenceHtml(sentence: string): string {
	return escapeHtml(sentence).replace(/\u2068([^\u2068\u2069]*)\u2069/g, '<bdi>$1</bdi>');
}

/**
 * A message as HTML: escaped, with its web addresses as links that pass no credit and no referrer on.
 * `dir` isolates a link: the text around it cannot change the order in which its characters are shown.
 */
export function messageHtml(text: string, links: Link[]): string {
	let html = '';
	let end = 0;
	for (const link of links) {
		const shown = escapeHtml(text.slice(link.start, link.end));
		html += escapeHtml(text.slice(end, link.start));
		html += `<a href="${escapeHtml(link.href)}" rel="nofollow ugc noopener" target="_blank" dir="ltr">${shown}</a>`;
		end = link.end;
	}
	return html + escapeHtml(text.slice(end));
}
