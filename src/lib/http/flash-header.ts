/** The header of a page that says something once: it is no page to keep. */
export const FLASH_HEADER = 'x-flash';

/** The header of a request that only fills a cache. The server keeps the flash message for the page that shows it. */
export const COPY_HEADER = 'x-copy';
