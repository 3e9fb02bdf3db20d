import { LinkifyIt } from 'linkify-it';

/** A web address in a text: its range in UTF-16 code units, and its target. */
export interface Link {
	start: number;
	end: number;
	/** Exactly the text of that range, so that a link shows where it leads. */
	href: string;
}

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
			return { start: index, end: index + href.length, href };
		})
		.filter(({ href }) => URL.canParse(href));
}

/** Removes trailing punctuation from an address. */
function trimPunctuation(address: string): string {
	let { length } = address;
	while (TRAILING_PUNCTUATION.has(address.charAt(length - 1))) length--;
	return address.slice(0, length);
}
