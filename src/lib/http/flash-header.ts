/** The header of a page that says something once: it is no page to keep. */
export const FLASH_HEADER = 'x-flash';
