import { takeFlash } from '#lib/edge/flash.server.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = ({ locals, cookies }) => ({ user: locals.user, flash: takeFlash(cookies) });
