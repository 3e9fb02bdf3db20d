import { describeSite } from '#lib/server/site.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = () => ({ site: describeSite() });
