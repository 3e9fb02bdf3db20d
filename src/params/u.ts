/** The prefix under which a person is found whose own address is taken. */
export const match = (part: string): part is 'u' => part === 'u';
