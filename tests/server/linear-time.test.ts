import { describe, expect, test } from 'vitest';
import { acceptedEncoding } from '#lib/http/accepted-encoding.server.ts';
import { readForm } from '#lib/http/forms.server.ts';
import { identiconShape } from '#lib/text/identicon-shape.ts';
import { isolatedName } from '#lib/text/isolated-name.ts';
import { escapeHtml, messageHtml, sentenceHtml } from '#lib/text/message-html.ts';
import { localPath } from '#lib/http/local-path.ts';
import { isBlank, normalizeText } from '#lib/text/message-text.ts';
import { sharedText } from '#lib/outbox/shared-text.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { clientAddress } from '#lib/server/listening/client-address.ts';
import { readBodyForLog } from '#lib/server/observability/body-for-log.ts';
import { findLinks } from '#lib/server/messages/links.ts';
import { createLogger, logRequest, requestId } from '#lib/server/observability/log.ts';
import { findPeople } from '#lib/server/follows/people.ts';
import { postMessage } from '#lib/server/messages/post-message.ts';
import { parseEntry } from '#lib/http/outbox-entry.server.ts';
import { isOwnHost, pathOf, useOriginForm } from '#lib/server/listening/own-host.ts';
import { parseCursor } from '#lib/server/database/pagination.ts';
import { describeDevice } from '#lib/server/accounts/device-name.ts';
import { checkProfile } from '#lib/server/accounts/edit-profile.ts';
import { validatePassword } from '#lib/server/accounts/password-rules.ts';
import { redactHeaders, redactPath, redactQuery } from '#lib/server/observability/redaction.ts';
import { register } from '#lib/server/accounts/registration.ts';
import { validateEmail, validateName, resemblesSimulator } from '#lib/server/accounts/users.ts';
import { VisitorPage } from '#lib/http/visitor-page.server.ts';
import { distinct, expectLinear, repeated } from '../linear-time.ts';

/* Everything that parses, checks, rewrites or logs untrusted input takes time in proportion to its length. */

const FORM = 'application/x-www-form-urlencoded';
const post = (type: string, body: string) =>
	new Request('http://localhost/', { method: 'POST', headers: { 'content-type': type }, body });

const BOUNDARY = 'x';
const part = (name: string, value: string) =>
	`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const parts = (size: number) =>
	`${Array.from({ length: size / 64 }, (_, index) => part(index.toString(36), 'v')).join('')}--${BOUNDARY}--\r\n`;

const jsonOf = (size: number) =>
	JSON.stringify(Object.fromEntries(Array.from({ length: size / 8 }, (_, index) => [index.toString(36), `${index}`])));
const nested = (size: number) => '{"text":'.repeat(size / 9) + '1' + '}'.repeat(size / 9);

const logger = createLogger('test', 'info', { write: () => undefined });
const log = (text: string) =>
	logRequest(logger, {
		id: 'an-id',
		address: '192.0.2.7',
		user: text,
		method: 'GET',
		route: '/',
		path: text,
		query: text,
		headers: { 'user-agent': text },
		body: { text },
		status: 500,
		startedAt: 0,
		seconds: 0,
		error: new SyntaxError(text)
	});

/** Texts on which regular expressions, normalization and link detection were slow. */
const HOSTILE_TEXTS: [string, (size: number) => string][] = [
	['letters', repeated('a')],
	['spaces', repeated(' ')],
	['line endings', repeated('\r\n')],
	['digits', repeated('7')],
	['markup', repeated('<&"\'>')],
	['combining marks out of order', repeated('\u0301\u0323')],
	['joined emoji', repeated('👩🏽‍')],
	['ligatures', repeated('\ufdfa')],
	['unterminated isolates', repeated('\u2068')],
	['separators', repeated('/&=;,:?@')],
	['schemes', repeated('http://')],
	['web addresses', repeated('http://a.example/x ')],
	['one long web address', (size) => `http://a.example/${'x'.repeat(size)}`],
	['dots', repeated('a.')],
	['three kinds of brackets', repeated('http://a.example/([{')],
	['quotation marks', repeated("http://a.example/'x")],
	['brackets', (size) => `http://a.example/${'('.repeat(size)}`],
	['trailing full stops', (size) => `http://a.example/x${'.'.repeat(size)}`],
	['percent signs', repeated('%E0%A4%A')],
	['names', distinct(' ')]
];

const registration = { name: 'alice', email: 'a@example.org', password: 'words', repeatedPassword: 'others' };

const page = new VisitorPage('', new Headers(), 0);

const FUNCTIONS: [string, (text: string) => unknown][] = [
	['redactPath', redactPath],
	['redactQuery', redactQuery],
	['redactHeaders', (text) => redactHeaders(() => text)],
	['the log', log],
	['requestId', requestId],
	['clientAddress', (text) => clientAddress('::1', text, 2)],
	['acceptedEncoding', acceptedEncoding],
	['acceptedEncoding, after a name', (text) => acceptedEncoding(`gzip${text};q=${text}`)],
	['If-None-Match', (text) => page.answer({ 'if-none-match': text })],
	['useOriginForm', (url) => useOriginForm({ url: `http://${url}`, headers: {} })],
	['pathOf', pathOf],
	['isOwnHost', (host) => isOwnHost(host, '/', { origin: 'https://minitwit.example', listensOn: '::1' })],
	['localPath', (text) => localPath(`/${text}`)],
	['parseCursor', (text) => parseCursor(new URLSearchParams({ after: text }))],
	['sharedText', (text) => sharedText(new URLSearchParams({ text }))],
	['normalizeText', normalizeText],
	['isBlank', isBlank],
	['a posted text', (text) => postMessage({ name: 'alice' }, { text, clientId: null, owner: null })],
	['a client id', (clientId) => postMessage({ name: 'alice' }, { text: 'a', clientId, owner: null })],
	['a search for people', (text) => findPeople(text, null)],
	['findLinks', findLinks],
	['messageHtml', (text) => messageHtml(text, findLinks(text))],
	['escapeHtml', escapeHtml],
	['sentenceHtml', sentenceHtml],
	['isolatedName', isolatedName],
	['identiconShape', identiconShape],
	['profilePath', profilePath],
	['validateName', validateName],
	['resemblesSimulator', resemblesSimulator],
	['validateEmail', validateEmail],
	['validatePassword', (text) => validatePassword(text, [text])],
	['a registered name', (name) => register({ ...registration, name }, { address: '::1' })],
	['a registered address', (email) => register({ ...registration, email }, { address: '::1' })],
	['a profile', (text) => checkProfile({ display_name: text, bio: text, link: text })],
	['describeDevice', describeDevice],
	['an entry of an outbox', (text) => parseEntry({ kind: 'message', id: text, owner: 1, text })]
];

test('a quadratic function is detected', async () => {
	const listed = (text: string) => {
		const form = new FormData();
		for (const name of text.split(' ')) form.append(name, '');
		for (const name of form.keys()) form.getAll(name);
	};
	await expect(expectLinear(listed, distinct(' '), 8 * 1024)).rejects.toThrow('to be less than 6');
	const normalized = (text: string) => text.normalize('NFKC');
	await expect(expectLinear(normalized, repeated('\u0301\u0323'))).rejects.toThrow('to be less than 6');
});

describe.each(FUNCTIONS)('%s runs in linear time for', (_name, run) => {
	test.each(HOSTILE_TEXTS)('%s', async (_description, make) => expectLinear(run, make));
});

describe.each([
	['many fields', FORM, distinct('=&')],
	['many values of one field', FORM, repeated('text=1&')],
	['many passwords', FORM, distinct('&pwd=')],
	['one long field', FORM, repeated('x')],
	['escape sequences', FORM, repeated('%41=%42&')],
	['many parts', `multipart/form-data; boundary=${BOUNDARY}`, parts],
	['unterminated parts', `multipart/form-data; boundary=${BOUNDARY}`, repeated(`--${BOUNDARY}\r\n`)],
	['many keys', 'application/json', jsonOf],
	['nested objects', 'application/json', nested],
	['nested arrays', 'application/json', repeated('[')],
	['another type', 'text/plain', repeated('x')]
] as const)('a body of %s', (_description, type, make) => {
	test('is logged in linear time', () => expectLinear((body) => readBodyForLog(post(type, body), 200), make));
	test('is read as a form in linear time', () =>
		expectLinear((body) => readForm(post(type, body), ['text', 'password']).catch(() => null), make));
});
