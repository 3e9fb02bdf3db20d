import { takeFlash } from '#lib/http/flash.server.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = (event) => {
	// Read here, the address has it loaded for each page: who is signed in may have changed since the page before.
	void event.url.href;
	return { user: event.locals.user, flash: takeFlash(event) };
};
