import { text } from '@sveltejs/kit';
import type { RequestHandler } from './$types';

/** Responds 200 while the process runs. */
export const GET: RequestHandler = () => text('ok\n');
