import { profilePath } from './profile-path.ts';

/** Returns the path of a message's page. */
export function messagePath({ author_name, id }: { author_name: string; id: number }): string {
	return `${profilePath(author_name)}/${id}`;
}
