import { build, files, version } from '$service-worker';
import { PrecacheController } from 'workbox-precaching';

/** Files that nobody needs offline: pictures for the system and for shops, words for robots. */
const NOT_PRECACHED = /^\/(icons\/|screenshots\/|manifest\.webmanifest$|robots\.txt$)/;

/** Names of built files hold a hash of their content; the others are as old as the build. */
const entries = [
	...build.map((url) => ({ url, revision: null })),
	...files.filter((url) => !NOT_PRECACHED.test(url)).map((url) => ({ url, revision: version }))
];

/** None of these files is a page: one that comes as a page is a network's own answer, and would stay. */
const isFile = ({ ok, headers }: Response) => ok && !headers.get('content-type')?.startsWith('text/html');

/** Code, styles and icons of this build, with the code of every page: one that fails offline stays broken. */
export const shell = new PrecacheController({
	plugins: [{ cacheWillUpdate: async ({ response }) => (isFile(response) ? response : null) }]
});
shell.addToCacheList(entries);

const PREVIOUS_BUILD = 'previous-build';

/** Whether an address is of a built file, whose content never changes. */
export function isOfBuild({ pathname }: URL): boolean {
	return pathname.startsWith('/_app/immutable/');
}

/**
 * Keeps the files of the build that this worker takes over from, and drops those of the one before:
 * a tab that was opened before a deploy goes on working, and a server has forgotten them.
 */
export async function keepPreviousBuild(): Promise<void> {
	const known = await caches.open(shell.strategy.cacheName);
	const former = (await known.keys()).filter(({ url }) => isOfBuild(new URL(url)) && !isOfThisBuild(url));
	if (former.length === 0) return;
	await caches.delete(PREVIOUS_BUILD);
	const previous = await caches.open(PREVIOUS_BUILD);
	for (const request of former) {
		const response = await known.match(request);
		if (response) await previous.put(request, response);
	}
}

function isOfThisBuild(url: string): boolean {
	return shell.getCacheKeyForURL(url) !== undefined;
}

/** A built file that is not of this build. */
export async function answerFromPreviousBuild({ request }: { request: Request }): Promise<Response> {
	return (await (await caches.open(PREVIOUS_BUILD)).match(request)) ?? fetch(request);
}
