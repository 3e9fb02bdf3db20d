/** Background Sync, which not every browser has and TypeScript's DOM library doesn't declare. */
interface SyncRegistration extends ServiceWorkerRegistration {
	sync?: { register(tag: string): Promise<void> };
}

/** Asks the browser to wake the service worker when there is a network, if it supports and permits that. */
export async function requestSync(registration: ServiceWorkerRegistration): Promise<void> {
	await (registration as SyncRegistration).sync?.register('outbox').catch(() => undefined);
}
