import { type IncomingMessage, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What happens to requests on their way: nothing, or one of the things that networks do. */
export type Fault =
	| 'none'
	/** The server gets it and answers, and nobody hears the answer. */
	| 'answer dropped'
	/** The answer breaks off in the middle. */
	| 'answer cut'
	/** The server gets it and answers, and the answer is still under way when the test ends. */
	| 'answer held'
	/** Nothing ever comes back; reads hang as well. */
	| 'hanging'
	/** Every connection breaks off, of reads as well. */
	| 'no network'
	/** Pages come in small pieces. */
	| 'trickling'
	/** A network that wants to be paid first says 200 to everything. */
	| 'captive portal'
	/** It sends everything to a page of its own, on another host. */
	| 'captive portal that redirects'
	/** An answer that the server itself might give but for its headers. */
	| 'proxy that refuses in JSON'
	/** A proxy, or the server, says that it cannot now. */
	| { status: 429 | 502 | 503; retryAfterSeconds?: number };

export interface FaultProxy {
	origin: string;
	/** From now on this happens to every POST; reads go through where there is a network at all. */
	fault: Fault;
	/** Scripts by their paths that are answered with in place of the server's; null for one that is gone. */
	scripts: Map<string, string | null>;
	/** POSTs that came since the start. */
	posts: number;
	close(): Promise<void>;
}

/** Stands between a browser and a server. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
	const server = createServer((incoming, outgoing) => {
		const isPage = incoming.headers.accept?.includes('text/html') ?? false;
		const fault = incoming.method === 'POST' || (isPage && proxy.fault === 'trickling') ? proxy.fault : 'none';
		if (incoming.method === 'POST') proxy.posts++;
		if (proxy.fault === 'hanging') return;
		if (proxy.fault === 'no network') return void outgoing.destroy();
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
		scripts: new Map(),
		posts: 0,
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
	const { method, headers, url = '/' } = incoming;
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

/** Longer than a browser takes to draw what it has. */
const PAUSE_MS = 20;

/** Where a piece may end: half a word that is centred, or half a line, has to move when the rest comes. */
const BLOCK = /(?=<(?:article|form|h1|header|li|main|nav|p|section|ul)\b)/;
const PIECE_LENGTH = 500;

async function trickle(answer: IncomingMessage, outgoing: ServerResponse): Promise<void> {
	answer.setEncoding('utf8');
	let html = '';
	for await (const part of answer) html += part;
	let piece = '';
	for (const block of html.split(BLOCK)) {
		piece += block;
		if (piece.length < PIECE_LENGTH) continue;
		outgoing.write(piece);
		piece = '';
		await delay(PAUSE_MS);
	}
	outgoing.end(piece);
}
