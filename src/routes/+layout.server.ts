import { takeFlash } from '#lib/http/flash.server.ts';
import { findRegistrationMode } from '#lib/server/accounts/registration.ts';
import { findApiDocumentation } from '#lib/server/site.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = (event) => {
	// Reading the address makes this run for each page, because who is signed in may have changed.
	void event.url.href;
	const isRegistrationClosed = findRegistrationMode() === 'closed';
	return { user: event.locals.user, flash: takeFlash(event), api: findApiDocumentation(), isRegistrationClosed };
};
