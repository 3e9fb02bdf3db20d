-- What people say about themselves, and what the list of their log-ins shows. Rows that exist have none of it, so they
-- need no check.
ALTER TABLE users
	ADD COLUMN display_name text,
	ADD COLUMN bio text,
	ADD COLUMN link text,
	ADD CONSTRAINT users_display_name_length CHECK (char_length(display_name) BETWEEN 1 AND 50) NOT VALID,
	ADD CONSTRAINT users_bio_length CHECK (char_length(bio) BETWEEN 1 AND 160) NOT VALID,
	ADD CONSTRAINT users_link_length CHECK (char_length(link) BETWEEN 1 AND 200) NOT VALID;

ALTER TABLE sessions
	ADD COLUMN device text,
	ADD COLUMN last_seen_at timestamptz NOT NULL DEFAULT now();
