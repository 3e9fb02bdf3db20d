import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { nextChangeOfRelativeTime } from '#lib/text/relative-time.ts';
import { type Encoding, acceptedEncoding } from './accepted-encoding.server.ts';

/** An answer with a page: the whole page, or 304 if the client has these bytes. */
export interface PageAnswer {
	status: 200 | 304;
	headers: Record<string, string>;
	body: Buffer<ArrayBuffer> | null;
}

interface Variant {
	etag: string;
	whole: PageAnswer;
	unchanged: PageAnswer;
}

const [compressBrotli, compressGzip] = [promisify(brotliCompress), promisify(gzip)];

/** Moderate levels: a few milliseconds in another thread, and within a tenth of the smallest size. */
const compress: Record<Encoding, (bytes: Buffer) => Promise<Buffer> | Buffer> = {
	br: (bytes) => compressBrotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
	gzip: (bytes) => compressGzip(bytes, { level: 6 }),
	identity: (bytes) => bytes
};

const TIME = /<time [^>]*?\bdatetime="([^"]+)"/g;
const NONCE = /'nonce-([^']+)'/;

/** Headers of a page that describe its body, which a 304 does not have. */
const OF_BODY = ['content-type', 'content-length', 'content-encoding'];

/** The bytes and headers of a page that is the same for all visitors. */
export class VisitorPage {
	/** When a relative time on the page changes, in milliseconds since 1970. */
	readonly expiresAt: number;
	readonly #html: Buffer<ArrayBuffer>;
	readonly #headers: Record<string, string>;
	readonly #digest: string;
	readonly #variants = new Map<Encoding, Promise<Variant>>();
	#size: number;
	/** Called when `size` has grown. */
	onGrowth: () => void = () => undefined;

	/** `renderedAt` is when the rendering began, in milliseconds since 1970. */
	constructor(html: string, headers: Headers, renderedAt: number) {
		const nonce = NONCE.exec(headers.get('content-security-policy') ?? '')?.[1] ?? '';
		headers.delete('etag');
		const text = [...headers, html].join('\n');
		// The bytes must not depend on who renders them, so the nonce is a digest of the rest. Nobody can insert a
		// script with the right nonce, because that would change the digest.
		const replaceNonce = (text: string, by: string) => (nonce === '' ? text : text.replaceAll(nonce, by));
		this.#digest = createHash('sha256').update(replaceNonce(text, '')).digest('base64');
		this.#html = Buffer.from(replaceNonce(html, this.#digest));
		this.#headers = Object.fromEntries([...headers].map(([name, value]) => [name, replaceNonce(value, this.#digest)]));
		this.#headers.vary = [headers.get('vary'), 'accept-encoding'].filter(Boolean).join(', ');
		this.#size = this.#html.length;
		const times = [...html.matchAll(TIME)].map(([, time = '']) => new Date(time));
		this.expiresAt = Math.min(...times.map((time) => nextChangeOfRelativeTime(time, renderedAt)));
	}

	/** The bytes that the page and its compressed variants take so far. */
	get size(): number {
		return this.#size;
	}

	/** Resolves to the answer to a GET or HEAD with these headers. */
	async answer(headers: IncomingHttpHeaders): Promise<PageAnswer> {
		const encoding = acceptedEncoding(headers['accept-encoding']?.toString());
		let variant = this.#variants.get(encoding);
		if (!variant) this.#variants.set(encoding, (variant = this.#createVariant(encoding)));
		const { etag, whole, unchanged } = await variant;
		return isKnown(etag, headers['if-none-match']) ? unchanged : whole;
	}

	async #createVariant(encoding: Encoding): Promise<Variant> {
		const body = (await compress[encoding](this.#html)) as Buffer<ArrayBuffer>;
		if (encoding !== 'identity') {
			this.#size += body.length;
			this.onGrowth();
		}
		const etag = `"${this.#digest}${encoding === 'identity' ? '' : `-${encoding}`}"`;
		const headers: Record<string, string> = { ...this.#headers, etag, 'content-length': String(body.length) };
		if (encoding !== 'identity') headers['content-encoding'] = encoding;
		const kept = Object.entries(headers).filter(([name]) => !OF_BODY.includes(name));
		return {
			etag,
			whole: { status: 200, headers, body },
			unchanged: { status: 304, headers: Object.fromEntries(kept), body: null }
		};
	}
}

/** Whether an If-None-Match header names an entity tag (RFC 9110, section 13.1.2: the weak comparison). */
function isKnown(etag: string, header: string | undefined): boolean {
	if (header === undefined) return false;
	return header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
