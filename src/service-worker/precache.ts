import { build, files, version } from '$service-worker';
import { PrecacheController } from 'workbox-precaching';

/** Files not needed offline: images for the system and app stores, and robots.txt. */
const NOT_PRECACHED = /^\/(icons\/|screenshots\/|manifest\.webmanifest$|robots\.txt$)/;

/** Built files have a content hash in their names; the others use the build's version as their revision. */
const entries = [
	...build.map((url) => ({ url, revision: null })),
	...files.filter((url) => !NOT_PRECACHED.test(url)).map((url) => ({ url, revision: version }))
];

/** None of these files is HTML: an HTML response comes from a captive portal and must not be cached. */
const isFile = ({ ok, headers }: Response) => ok && !headers.get('content-type')?.startsWith('text/html');

/**
 * The code, styles and icons of this build. It contains the code of every page, because a page whose code
 * fails to load offline stays broken.
 */
export const precache = new PrecacheController({
	plugins: [{ cacheWillUpdate: async ({ response }) => (isFile(response) ? response : null) }]
});
precache.addToCacheList(entries);

const PREVIOUS_BUILD = 'previous-build';

/** Returns whether an address is that of a built file, whose content never changes. */
export function isBuiltFile({ pathname }: URL): boolean {
	return pathname.startsWith('/_app/immutable/');
}

/**
 * Keeps the files of the previous build, so that tabs opened before a deploy continue to work although the
 * server no longer has them. Deletes the files of the build before that.
 */
export async function keepPreviousBuild(): Promise<void> {
	const current = await caches.open(precache.strategy.cacheName);
	const previousFiles = (await current.keys()).filter(({ url }) => isBuiltFile(new URL(url)) && !isInThisBuild(url));
	if (previousFiles.length === 0) return;
	await caches.delete(PREVIOUS_BUILD);
	const previous = await caches.open(PREVIOUS_BUILD);
	for (const request of previousFiles) {
		const response = await current.match(request);
		if (response) await previous.put(request, response);
	}
}

function isInThisBuild(url: string): boolean {
	return precache.getCacheKeyForURL(url) !== undefined;
}

/** Responds with a built file that isn't part of this build. */
export async function handleBuiltFile({ request }: { request: Request }): Promise<Response> {
	return (await (await caches.open(PREVIOUS_BUILD)).match(request)) ?? fetch(request);
}
