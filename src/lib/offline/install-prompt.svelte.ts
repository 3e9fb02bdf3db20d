/** Chromium's event, which the library of types does not have. */
interface BeforeInstallPromptEvent extends Event {
	prompt(): Promise<unknown>;
}

let offer = $state<BeforeInstallPromptEvent | null>(null);
let isByHand = $state(false);

/** How this browser installs an app: when a button asks it to, by hand (iOS), or not at all, or it is done already. */
export function installation(): 'button' | 'by-hand' | null {
	return offer ? 'button' : isByHand ? 'by-hand' : null;
}

/** Has the browser ask; an offer can be used once. */
export async function install(): Promise<void> {
	const asked = offer;
	offer = null;
	await asked?.prompt();
}

/** Waits for the browser's offer; the returned function ends it. */
export function watchInstall(): () => void {
	// Safari on iOS alone has this property: false in its window, true in the installed app.
	isByHand = 'standalone' in navigator && navigator.standalone === false;
	const onOffer = (event: Event) => {
		event.preventDefault();
		offer = event as BeforeInstallPromptEvent;
	};
	const onInstalled = () => (offer = null);
	window.addEventListener('beforeinstallprompt', onOffer);
	window.addEventListener('appinstalled', onInstalled);
	return () => {
		window.removeEventListener('beforeinstallprompt', onOffer);
		window.removeEventListener('appinstalled', onInstalled);
	};
}
