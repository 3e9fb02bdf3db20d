import { LinkifyIt } from 'linkify-it';

/** A web address in a text: its place in UTF-16 code units, and where it leads. */
export interface Link {
	start: number;
	end: number;
	/** The very text of that place: what a link shows is where it leads. */
	href: string;
}

const linkify = new LinkifyIt({ fuzzyEmail: false, fuzzyIP: false })
	.add('mailto:', null)
	.add('ftp:', null)
	.add('//', null);

/**
 * Ends an address, although linkify-it reads on: bidirectional controls and invisible characters, which make
 * an address look like another; quotation marks and backticks, which RFC 3986 reserves for the text around an
 * address; the apostrophe between two quoted addresses.
 */
const BOUNDARY = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Cf}\u2800"`]|'(?=[,;]'?https?:)/giu;

/** What ends a sentence or emphasis, as in GitHub Flavored Markdown 6.9. No brackets: linkify-it takes them in pairs only. */
const TRAILING_PUNCTUATION = new Set(".,!?;:'|*_~");

/** The web addresses in a text, in their order, none overlapping; http and https only. Takes time in proportion to the text. */
export function findLinks(text: string): Link[] {
	const searched = text.replace(BOUNDARY, (character) => ' '.repeat(character.length));
	return (linkify.match(searched) ?? [])
		.map(({ index, raw }) => {
			const href = peel(raw);
			return { start: index, end: index + href.length, href };
		})
		.filter(({ href }) => URL.canParse(href));
}

/** Takes the punctuation off the end of an address. */
function peel(address: string): string {
	let { length } = address;
	while (TRAILING_PUNCTUATION.has(address.charAt(length - 1))) length--;
	return address.slice(0, length);
}
