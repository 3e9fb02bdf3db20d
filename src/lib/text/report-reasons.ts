/** Why people report a message: what is stored, and what the form calls it, in its order. */
export const REPORT_REASONS: ReadonlyMap<string, string> = new Map([
	['spam', 'Spam or advertising'],
	['abuse', 'Harassment or hate'],
	['private', "Somebody's private data"],
	['illegal', 'Illegal or dangerous'],
	['other', 'Something else']
]);
