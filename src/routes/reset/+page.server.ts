import { redirect } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

/** The address of a link whose token was lost on the way. */
export const load: PageServerLoad = () => redirect(303, '/forgot');
