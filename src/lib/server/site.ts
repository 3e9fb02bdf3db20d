import type { Config } from './config.ts';

/** What the page about this site says. Null stands for what is not configured. */
export interface Site {
	/** The name of who runs it. */
	operator: string | null;
	contact: Contact | null;
	/** The paragraphs of the operator's rules, possibly none. */
	rules: string[];
	/** The address of the source code. */
	source: string | null;
}

interface Contact {
	/** What a link shows. */
	text: string;
	href: string;
}

let site: Site = { operator: null, contact: null, rules: [], source: null };
let apiDocumentation: string | null = null;

/** Sets what the pages say about this site. */
export function configureSite(config: Config): void {
	const { OPERATOR_NAME: operator = null, OPERATOR_CONTACT: text, OPERATOR_RULES = '' } = config;
	const { SOURCE_URL: source = null, API_ORIGIN } = config;
	const contact = text === undefined ? null : { text, href: text.includes('://') ? text : `mailto:${text}` };
	const paragraphs = OPERATOR_RULES.split(/\n[^\S\n]*\n/).map((paragraph) => paragraph.trim());
	site = { operator, contact, rules: paragraphs.filter((paragraph) => paragraph !== ''), source };
	apiDocumentation = API_ORIGIN === undefined ? null : `${API_ORIGIN}/docs`;
}

/** Returns what the page about this site says. */
export function describeSite(): Site {
	return site;
}

/** Returns the address of the API's documentation page, or null if it is not known. */
export function findApiDocumentation(): string | null {
	return apiDocumentation;
}
