import { takeFlash } from '#lib/edge/flash.server.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = (event) => ({ user: event.locals.user, flash: takeFlash(event) });
