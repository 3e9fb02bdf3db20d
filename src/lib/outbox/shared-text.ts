import { normalizeText } from '#lib/text/message-text.ts';

/** Returns a draft from what another app shares: its text, or else its title, and the URL unless they contain it. */
export function sharedText(parameters: URLSearchParams): string {
	const [title, text, url] = ['title', 'text', 'url'].map((name) => normalizeText(parameters.get(name) ?? '').trim());
	const words = text || title || '';
	return [words, url && !words.includes(url) ? url : ''].filter(Boolean).join('\n');
}
