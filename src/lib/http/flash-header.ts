/** The header of a page that says something once: it is no page to keep. */
export const FLASH_HEADER = 'x-flash';

/** The header of a request that nobody's eyes wait for: the flash message is left for the page that shows it. */
export const COPY_HEADER = 'x-copy';
