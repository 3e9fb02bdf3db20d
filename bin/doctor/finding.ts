/** What a check found out. */
export interface Finding {
	check: string;
	verdict: 'ok' | 'warning' | 'problem';
	/** What is the case, without a full stop. */
	found: string;
	/** What to do about it; empty if it is fine. */
	advice: string;
}

export const ok = (check: string, found: string): Finding => ({ check, verdict: 'ok', found, advice: '' });

export const warning = (check: string, found: string, advice: string): Finding => ({
	check,
	verdict: 'warning',
	found,
	advice
});

export const problem = (check: string, found: string, advice: string): Finding => ({
	check,
	verdict: 'problem',
	found,
	advice
});
