import { LinkifyIt } from 'linkify-it';

/** A web address in a text: its place in UTF-16 code units, and where it leads. */
export interface Link {
	start: number;
	end: number;
	href: string;
}

const linkify = new LinkifyIt({ fuzzyEmail: false, fuzzyIP: false })
	.add('mailto:', null)
	.add('ftp:', null)
	.add('//', null);

/** The web addresses in a text, in their order, none overlapping; http and https only. */
export function findLinks(text: string): Link[] {
	return (linkify.match(text) ?? []).map(({ index, lastIndex, url }) => ({ start: index, end: lastIndex, href: url }));
}
