import '@sveltejs/adapter-node';
import type { Failure } from '#lib/http/failures.server.ts';
import type { SignedIn } from '#lib/server/accounts/sessions.ts';

declare global {
	namespace App {
		interface Error {
			message: string;
			/** The id of the request, which the user can quote to report the error. */
			id?: string;
			/** The text of a message that couldn't be posted, shown so that it isn't lost. */
			draft?: string;
		}
		interface Locals {
			requestId: string;
			address: string;
			user: SignedIn | null;
			/** What the response says about an exception. */
			failure?: Failure;
		}
	}
}
