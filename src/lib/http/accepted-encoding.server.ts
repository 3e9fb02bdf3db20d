export type Encoding = 'br' | 'gzip' | 'identity';

const ACCEPTED = /^\s*(br|gzip|x-gzip)\s*(?:;\s*q\s*=\s*(\d(?:\.\d{0,3})?)\s*)?$/i;

/** Returns the best encoding that an Accept-Encoding header names (RFC 9110, section 12.5.3). */
export function acceptedEncoding(header: string | undefined): Encoding {
	let best: Encoding = 'identity';
	for (const part of header?.split(',') ?? []) {
		const [, name = '', quality = '1'] = ACCEPTED.exec(part) ?? [];
		if (name === '' || Number(quality) === 0) continue;
		if (name.toLowerCase() === 'br') return 'br';
		best = 'gzip';
	}
	return best;
}
