import { afterEach, beforeEach, expect, vi } from 'vitest';

// Unexpected output on the console fails the test.
beforeEach(() => {
	vi.spyOn(console, 'error');
	vi.spyOn(console, 'warn');
});

afterEach(() => {
	expect(console.error).not.toHaveBeenCalled();
	expect(console.warn).not.toHaveBeenCalled();
	vi.restoreAllMocks();
});
