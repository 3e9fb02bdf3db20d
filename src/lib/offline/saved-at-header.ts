/** The header that the service worker adds to a copy: when the server created it, in the format of `Date.toISOString`. */
export const SAVED_AT_HEADER = 'x-saved-at';
