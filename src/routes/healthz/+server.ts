import { text } from '@sveltejs/kit';
import type { RequestHandler } from './$types';

/** The process lives. */
export const GET: RequestHandler = () => text('ok\n');
