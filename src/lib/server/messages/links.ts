import { countCodePoints } from '#lib/limits.ts';
import { LinkifyIt } from 'linkify-it';

/** A web address in a text: its range in UTF-16 code units, and its target. */
export interface Link {
	start: number;
	end: number;
	/** Exactly the text of that range, so that a link shows where it leads. */
	href: string;
	/** What the link shows: the address without its scheme, cut off if it is long. */
	shown?: string;
}

/** How much of an address is shown, in code points; its host is always whole. */
const MAX_SHOWN_ADDRESS = 50;

const linkify = new LinkifyIt({ fuzzyEmail: false, fuzzyIP: false })
	.add('mailto:', null)
	.add('ftp:', null)
	.add('//', null);

/**
 * Characters that end an address although linkify-it reads on: bidirectional controls and invisible characters,
 * which can disguise an address; quotation marks and backticks, which RFC 3986 does not allow
 * in an address; the apostrophe between two quoted addresses.
 */
const BOUNDARY = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Cf}\u2800"`]|'(?=[,;]'?https?:)/giu;

/**
 * Punctuation that ends a sentence or emphasis, as in GitHub Flavored Markdown 6.9. Brackets are missing
 * because linkify-it accepts them only in pairs.
 */
const TRAILING_PUNCTUATION = new Set(".,!?;:'|*_~");

/** Finds the http and https addresses in a text, in order and without overlaps. Runs in linear time. */
export function findLinks(text: string): Link[] {
	const searched = text.replace(BOUNDARY, (character) => ' '.repeat(character.length));
	return (linkify.match(searched) ?? [])
		.map(({ index, raw }) => {
			const href = trimPunctuation(raw);
			return { start: index, end: index + href.length, href, shown: shownAddress(text, index, href) };
		})
		.filter(({ href }) => URL.canParse(href));
}

/**
 * Returns an address as a link shows it. After a word it keeps its scheme, which is then what separates it from the word.
 */
function shownAddress(text: string, index: number, address: string): string {
	const isApart = index === 0 || /[\s([{"'“‘«<]/.test(text.charAt(index - 1));
	if (!isApart) return address;
	const bare = address.replace(/^https?:\/\//i, '');
	const host = bare.slice(0, bare.search(/[/?#]|$/));
	const limit = Math.max(MAX_SHOWN_ADDRESS, countCodePoints(host) + 1);
	const start = [...bare.slice(0, 2 * limit)].slice(0, limit).join('');
	return start.length < bare.length ? `${start}…` : bare;
}

/** Removes trailing punctuation from an address. */
function trimPunctuation(address: string): string {
	let { length } = address;
	while (TRAILING_PUNCTUATION.has(address.charAt(length - 1))) length--;
	return address.slice(0, length);
}
