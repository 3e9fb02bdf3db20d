/** The prefix of the address of a user whose name is reserved for another page. */
export const match = (part: string): part is 'u' => part === 'u';
