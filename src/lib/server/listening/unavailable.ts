/*
 * Failures that pass by themselves: the database cannot be reached, is starting or stopping, has no connection or time
 * left, or has just become a standby. Whoever asked can ask again.
 */

/**
 * The SQLSTATEs of such a failure: connection exception, insufficient resources, deadlock or serialization failure,
 * read-only transaction, lock not available, operator intervention.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const SQLSTATE = /^(08|53|40|57)[0-9A-Z]{3}$|^(25006|55P03)$/;
const NETWORK = /^(ECONN(REFUSED|RESET|ABORTED)|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** What pg and pg-pool report without a code. */
const WITHOUT_CODE = /^(timeout exceeded when trying to connect|Connection terminated|Query read timeout)/;

/** Returns whether an error says that the database is unavailable for now. */
export function isUnavailable(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	const { code } = error as Error & { code?: unknown };
	if (typeof code === 'string') return SQLSTATE.test(code) || NETWORK.test(code);
	return WITHOUT_CODE.test(error.message);
}
