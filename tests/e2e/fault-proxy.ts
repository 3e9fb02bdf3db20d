import { type IncomingMessage, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What happens to requests on their way to the server. */
export type Fault =
	| 'none'
	/** The server receives the request and answers, but the connection breaks before the answer. */
	| 'answer dropped'
	/** The connection breaks in the middle of the answer. */
	| 'answer cut'
	/** The server receives the request and answers, but the answer never arrives. */
	| 'answer held'
	/** Nothing ever comes back, including reads. */
	| 'hanging'
	/** Every connection breaks, including reads. */
	| 'no network'
	/** Posts pass. Every request for the data of a page breaks. */
	| 'no page data'
	/** Pages arrive in small pieces. */
	| 'trickling'
	/** The log-in page of a network answers everything with 200. */
	| 'captive portal'
	/** The network redirects everything to a page on another host. */
	| 'captive portal that redirects'
	/** The answer could be the server's own, except for its headers. */
	| 'proxy that refuses in JSON'
	/** A proxy or the server is temporarily unavailable. */
	| { status: 429 | 502 | 503; retryAfterSeconds?: number };

export interface FaultProxy {
	origin: string;
	/** Applies to every POST from now on. Reads pass, except where the fault includes them. */
	fault: Fault;
	/** Whether every connection breaks, in addition to the fault. */
	isCut: boolean;
	/** Replacements for the server's scripts by path; null for a missing one. */
	scripts: Map<string, string | null>;
	/** The number of POSTs since the start. */
	posts: number;
	/** The number of other requests since the start. */
	reads: number;
	close(): Promise<void>;
}

/** Starts a proxy between a browser and a server. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
	const server = createServer((incoming, outgoing) => {
		const isPage = incoming.headers.accept?.includes('text/html') ?? false;
		const fault = incoming.method === 'POST' || (isPage && proxy.fault === 'trickling') ? proxy.fault : 'none';
		if (incoming.method === 'POST') proxy.posts++;
		else proxy.reads++;
		if (proxy.fault === 'hanging') return;
		if (proxy.isCut || proxy.fault === 'no network') return void outgoing.destroy();
		if (proxy.fault === 'no page data' && incoming.url?.includes('__data.json')) return void outgoing.destroy();
		const script = proxy.scripts.get(incoming.url ?? '');
		if (script === null) return outgoing.writeHead(404).end();
		if (script !== undefined) {
			const type = script.startsWith('<') ? 'text/html' : 'text/javascript';
			return outgoing.writeHead(200, { 'content-type': type }).end(script);
		}
		if (typeof fault === 'object') return refuse(outgoing, fault);
		if (fault === 'captive portal')
			return outgoing.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome to the hotel</h1>');
		if (fault === 'captive portal that redirects')
			return outgoing.writeHead(302, { location: new URL('/public', target).href }).end();
		if (fault === 'proxy that refuses in JSON')
			return outgoing.writeHead(403, { 'content-type': 'application/json' }).end('{"error":"Pay first"}');
		forward(target, incoming, outgoing, fault);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const proxy: FaultProxy = {
		origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		fault: 'none',
		isCut: false,
		scripts: new Map(),
		posts: 0,
		reads: 0,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			})
	};
	return proxy;
}

function refuse(outgoing: ServerResponse, { status, retryAfterSeconds }: Exclude<Fault, string>): void {
	const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
	outgoing.writeHead(status, headers).end('not now');
}

function forward(target: string, incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault): void {
	const { method, url = '/' } = incoming;
	// The pieces are pieces of text.
	const headers = { ...incoming.headers, ...(fault === 'trickling' ? { 'accept-encoding': 'identity' } : {}) };
	const onward = request(target + url, { method, headers }, (answer) => {
		if (fault === 'answer dropped') {
			answer.resume();
			answer.once('end', () => outgoing.destroy());
			return;
		}
		if (fault === 'answer held') return void answer.resume();
		outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
		if (fault === 'trickling') return void trickle(answer, outgoing);
		if (fault !== 'answer cut') return void answer.pipe(outgoing);
		answer.once('data', (part: Buffer) => {
			outgoing.write(part.subarray(0, Math.floor(part.length / 2)));
			setImmediate(() => outgoing.destroy());
		});
	});
	onward.on('error', () => outgoing.destroy());
	incoming.pipe(onward);
}

/** Longer than an idle browser takes to render what it has received. */
const PAUSE_MS = 20;

/** Where a piece ends: before an element that can be seen, and before a text. */
const PIECES = /(?=<(?!link|meta|path|rect|script|style|title)[a-z])|(?<=>)(?=[^<\s])/;

async function trickle(answer: IncomingMessage, outgoing: ServerResponse): Promise<void> {
	answer.setEncoding('utf8');
	let html = '';
	for await (const part of answer) html += part;
	for (const piece of html.split(PIECES)) {
		outgoing.write(piece);
		await delay(PAUSE_MS);
	}
	outgoing.end();
}
