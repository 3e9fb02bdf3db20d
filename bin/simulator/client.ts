import { request as plainRequest } from 'node:http';
import { request as encryptedRequest } from 'node:https';
import type { Action } from './actions.ts';

/** A client's target, credentials and time-out. */
export interface Target {
	url: URL;
	username: string;
	password: string;
	/** For the whole exchange, including connecting. */
	timeoutMilliseconds: number;
}

/** A response, or why there was none. */
export type Reply =
	| { status: number; body: string }
	| { failure: 'time-out' | 'connection refused' | 'connection broken'; detail: string };

/** Sends an action like the course's simulator, with its number as `latest`. Always resolves. */
export function sendAction(target: Target, action: Action): Promise<Reply> {
	return exchange(target, 'POST', `${pathOf(action)}?latest=${action.number}`, bodyOf(action));
}

/** Sends a GET request without a `latest` number. Always resolves. */
export function read(target: Target, path: string): Promise<Reply> {
	return exchange(target, 'GET', path);
}

/** The path of a user's messages or follows. */
export function userPath(collection: 'msgs' | 'fllws', user: string): string {
	return `/${collection}/${encodeURIComponent(user)}`;
}

function pathOf({ command, user }: Action): string {
	if (command === 'register') return '/register';
	return userPath(command === 'tweet' ? 'msgs' : 'fllws', user);
}

function bodyOf(action: Action): string {
	if (action.command === 'register')
		return JSON.stringify({ username: action.user, email: action.email, pwd: action.password });
	if (action.command === 'tweet') return JSON.stringify({ content: action.text });
	return JSON.stringify({ [action.command]: action.other });
}

/** Sends one request on its own connection. Always resolves. */
function exchange(target: Target, method: string, path: string, body = ''): Promise<Reply> {
	const { url, username, password, timeoutMilliseconds } = target;
	const headers = {
		Connection: 'close',
		Accept: '*/*',
		'Content-Type': 'application/json',
		'Content-Length': Buffer.byteLength(body),
		Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
	};
	const send = url.protocol === 'https:' ? encryptedRequest : plainRequest;
	// The path is passed separately because URL would resolve the name ".." as a parent folder.
	const full = url.pathname.replace(/\/$/, '') + path;
	return new Promise((resolve) => {
		const request = send(url, { agent: false, method, path: full, headers }, (response) => {
			response.setEncoding('utf8');
			let text = '';
			response.on('data', (part: string) => (text += part));
			response.on('end', () => finish({ status: response.statusCode ?? 0, body: text }));
			response.on('error', (error) => finish(failureOf(error)));
		});
		const timer = setTimeout(() => {
			finish({ failure: 'time-out', detail: `no answer within ${timeoutMilliseconds} ms` });
			request.destroy();
		}, timeoutMilliseconds);
		const finish = (reply: Reply) => {
			clearTimeout(timer);
			resolve(reply);
		};
		request.on('error', (error) => finish(failureOf(error)));
		request.end(body);
	});
}

function failureOf(error: NodeJS.ErrnoException): Reply {
	const failure = error.code === 'ECONNREFUSED' ? 'connection refused' : 'connection broken';
	return { failure, detail: error.code ?? error.message };
}
