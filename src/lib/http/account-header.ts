/** The header in which each page names the account that it was made for, by its id, or `none`. */
export const ACCOUNT_HEADER = 'x-account';
