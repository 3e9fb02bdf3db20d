-- Which account an account of an older system became. The key is a hash of its id and name there, so that another import
-- recognizes it after it was renamed here, and does not bring it back after it was removed here.
CREATE TABLE imported_users (
	key uuid NOT NULL,
	user_id bigint,
	CONSTRAINT imported_users_pk PRIMARY KEY (key),
	CONSTRAINT imported_users_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX imported_users_user ON imported_users (user_id);

-- What an import has read and not yet taken. The ids are those of the older system. Unlogged, because a crash costs only
-- the reading; tables of the schema, because the app's role must not create any.
CREATE UNLOGGED TABLE import_users (
	place bigint GENERATED ALWAYS AS IDENTITY,
	id bigint NOT NULL,
	key uuid NOT NULL,
	name text NOT NULL,
	email text NOT NULL,
	password_hash text,
	password_fault text,
	created_at timestamptz,
	display_name text,
	bio text,
	link text,
	user_id bigint,
	outcome text,
	reason text
);

CREATE UNLOGGED TABLE import_messages (
	id bigint NOT NULL,
	author_id bigint NOT NULL,
	text text NOT NULL,
	posted_at timestamptz NOT NULL,
	flagged boolean NOT NULL,
	client_id uuid NOT NULL
);

-- They are taken in this order.
CREATE INDEX import_messages_order ON import_messages (posted_at, id, client_id);

CREATE UNLOGGED TABLE import_follows (
	place bigint GENERATED ALWAYS AS IDENTITY,
	follower_id bigint NOT NULL,
	followee_id bigint NOT NULL,
	followed_at timestamptz
);

-- One row once everything is read: an interrupted import can go on from it.
CREATE UNLOGGED TABLE import_reading (
	source text NOT NULL,
	latest bigint,
	last_message bigint,
	read_rows jsonb NOT NULL,
	CONSTRAINT import_reading_pk PRIMARY KEY (source)
);

-- The highest id of a message that imports of a source have read, so that the last step of a move reads only what is new.
CREATE TABLE import_positions (
	source text NOT NULL,
	last_message bigint NOT NULL,
	CONSTRAINT import_positions_pk PRIMARY KEY (source)
);
