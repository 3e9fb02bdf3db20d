import { normalizeText } from '#lib/text/message-text.ts';

/** The draft of what another app shares: its words, else its title, and the address unless they name it already. */
export function sharedText(parameters: URLSearchParams): string {
	const [title, text, url] = ['title', 'text', 'url'].map((name) => normalizeText(parameters.get(name) ?? '').trim());
	const words = text || title || '';
	return [words, url && !words.includes(url) ? url : ''].filter(Boolean).join('\n');
}
