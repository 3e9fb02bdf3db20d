/** The id of a message in an address. */
export const match = (part: string): boolean => /^[1-9]\d{0,15}$/.test(part);
