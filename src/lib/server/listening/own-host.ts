import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** What monitoring asks for; it knows a server by its address or the name of its container. */
const OPERATIONS_PATHS = ['/healthz', '/readyz', '/metrics'];

const AUTHORITY = /^(?<name>\[[\da-f:.]+\]|[\w.-]+)(?::(?<port>\d{1,5}))?$/i;
const ABSOLUTE_FORM = /^https?:\/\/(?<authority>[^/?#]*)(?<rest>.*)$/is;

/** Which host names a server has. */
export interface OwnHosts {
	/** Address at which clients reach the server, undefined when none is configured. */
	origin: string | undefined;
	/** What the server listens on. */
	listensOn: string;
}

/**
 * Rewrites a request whose target is in absolute form to origin form. Its authority takes the place of the Host header
 * (RFC 9112, section 3.2.2).
 */
export function useOriginForm(request: Pick<IncomingMessage, 'url' | 'headers'>): void {
	const { authority, rest = '' } = ABSOLUTE_FORM.exec(request.url ?? '')?.groups ?? {};
	if (authority === undefined) return;
	request.headers.host = authority;
	request.url = rest.startsWith('/') ? rest : `/${rest}`;
}

/**
 * Whether a request was sent to this server, by its Host header. A page of another site can point a name of its own at
 * our address (DNS rebinding) and would then be of our origin. With an origin configured only its host is ours. Without,
 * these are the names that nobody else can point at us: IP addresses, localhost and names without a dot.
 */
export function isOwnHost(host: string, path: string, { origin, listensOn }: OwnHosts): boolean {
	const { name = '', port } = AUTHORITY.exec(host)?.groups ?? {};
	if (name === '') return false;
	const isUnambiguous = isLocalName(name) || name.toLowerCase() === listensOn.toLowerCase();
	if (origin === undefined || OPERATIONS_PATHS.includes(path)) return isUnambiguous;
	const own = new URL(origin);
	const ownPort = own.port || (own.protocol === 'https:' ? '443' : '80');
	// A proxy may leave the port out.
	return name.toLowerCase() === own.hostname && (port === undefined || port === ownPort);
}

function isLocalName(name: string): boolean {
	return isIP(name.replace(/^\[|\]$/g, '')) > 0 || !name.includes('.') || /\.localhost$/i.test(name);
}

/** The path of a request target, without its query. */
export function pathOf(url: string): string {
	return url.replace(/\?.*/s, '');
}

/** The value of Strict-Transport-Security for an origin, null without HTTPS. */
export function strictTransport(origin: string | undefined): string | null {
	return origin?.startsWith('https:') ? 'max-age=31536000; includeSubDomains' : null;
}
