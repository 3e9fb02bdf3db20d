/** Chromium's event, which TypeScript's DOM library doesn't declare. */
interface BeforeInstallPromptEvent extends Event {
	prompt(): Promise<unknown>;
}

let promptEvent = $state<BeforeInstallPromptEvent | null>(null);
let isManual = $state(false);

/** Returns how the app can be installed: by a prompt, manually (iOS), or null if it can't be or already is. */
export function installMethod(): 'prompt' | 'manual' | null {
	return promptEvent ? 'prompt' : isManual ? 'manual' : null;
}

/** Shows the browser's install prompt. Each prompt event can be used once. */
export async function install(): Promise<void> {
	const event = promptEvent;
	promptEvent = null;
	await event?.prompt();
}

/** Waits for the browser's prompt event. Returns a function that stops waiting. */
export function watchInstall(): () => void {
	// Only Safari on iOS has this property: false in a browser tab, true in the installed app.
	isManual = 'standalone' in navigator && navigator.standalone === false;
	const onPromptEvent = (event: Event) => {
		event.preventDefault();
		promptEvent = event as BeforeInstallPromptEvent;
	};
	const onInstalled = () => (promptEvent = null);
	window.addEventListener('beforeinstallprompt', onPromptEvent);
	window.addEventListener('appinstalled', onInstalled);
	return () => {
		window.removeEventListener('beforeinstallprompt', onPromptEvent);
		window.removeEventListener('appinstalled', onInstalled);
	};
}
