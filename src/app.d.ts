import '@sveltejs/adapter-node';
import type { SignedIn } from '#lib/server/accounts/sessions.ts';

declare global {
	namespace App {
		interface Error {
			message: string;
			/** Of the request, so that a person can tell which one failed. */
			id?: string;
			/** A message that could not be posted, so that it is not lost. */
			draft?: string;
		}
		interface Locals {
			requestId: string;
			address: string;
			user: SignedIn | null;
		}
	}
}
