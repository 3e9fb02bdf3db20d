-- People. A name is unique to the letter; name_key folds case and look-alike forms (NFKC), and the
-- web form refuses a name whose key is taken.
CREATE TABLE users (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL,
	name_key text GENERATED ALWAYS AS (lower(normalize(name, NFKC))) STORED,
	email text NOT NULL,
	password_hash text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT users_name_unique UNIQUE (name),
	CONSTRAINT users_id_name_unique UNIQUE (id, name),
	CONSTRAINT users_name_length CHECK (char_length(name) BETWEEN 1 AND 100),
	CONSTRAINT users_email_length CHECK (char_length(email) BETWEEN 1 AND 320)
);

CREATE INDEX users_name_key ON users (name_key);
