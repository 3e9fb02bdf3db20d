import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** Paths for monitoring, which addresses a server by IP address or container name. */
const OPERATIONS_PATHS = ['/healthz', '/readyz', '/metrics'];

const AUTHORITY = /^(?<name>\[[\da-f:.]+\]|[\w.-]+)(?::(?<port>\d{1,5}))?$/i;
const ABSOLUTE_FORM = /^https?:\/\/(?<authority>[^/?#]*)(?<rest>.*)$/is;

/** The host names of a server. */
export interface OwnHosts {
	/** The origin at which clients reach the server; undefined if none is configured. */
	origin: string | undefined;
	/** The host on which the server listens. */
	listensOn: string;
}

/**
 * Rewrites a request target in absolute form to origin form. Its authority replaces the Host header (RFC 9112,
 * section 3.2.2).
 */
export function useOriginForm(request: Pick<IncomingMessage, 'url' | 'headers'>): void {
	const { authority, rest = '' } = ABSOLUTE_FORM.exec(request.url ?? '')?.groups ?? {};
	if (authority === undefined) return;
	request.headers.host = authority;
	request.url = rest.startsWith('/') ? rest : `/${rest}`;
}

/**
 * Whether a request's Host header names this server. A page of another site can point a domain of its own at our
 * address (DNS rebinding) and would then share our origin. With a configured origin, only its host is accepted. Without
 * one, only names that nobody else can point at us are: IP addresses, localhost, and names without a dot.
 */
export function isOwnHost(host: string, path: string, { origin, listensOn }: OwnHosts): boolean {
	const { name = '', port } = AUTHORITY.exec(host)?.groups ?? {};
	if (name === '') return false;
	const isUnambiguous = isLocalName(name) || name.toLowerCase() === listensOn.toLowerCase();
	if (origin === undefined) return isUnambiguous;
	if (isUnambiguous && OPERATIONS_PATHS.includes(path)) return true;
	const own = new URL(origin);
	const ownPort = own.port || (own.protocol === 'https:' ? '443' : '80');
	// A proxy may omit the port.
	return name.toLowerCase() === own.hostname && (port === undefined || port === ownPort);
}

function isLocalName(name: string): boolean {
	return isIP(name.replace(/^\[|\]$/g, '')) > 0 || !name.includes('.') || /\.localhost$/i.test(name);
}

/** The address at which this machine reaches a server; a wildcard host is reachable at localhost. */
export function localAddress(host: string, port: number): string {
	const name = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host;
	return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** The path of a request target, without the query. */
export function pathOf(url: string): string {
	return url.replace(/\?.*/s, '');
}

/** The Strict-Transport-Security header for an origin; null without HTTPS. */
export function strictTransport(origin: string | undefined): string | null {
	return origin?.startsWith('https:') ? 'max-age=31536000; includeSubDomains' : null;
}
