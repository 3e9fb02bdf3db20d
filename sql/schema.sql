-- The schema as all migrations together make it, to be read and not to be run. It is written by
-- `node tools/schema.ts`; a test compares it with a database that has just been migrated.

CREATE TABLE users (
	id bigint GENERATED ALWAYS AS IDENTITY,
	name text NOT NULL,
	name_key text GENERATED ALWAYS AS (lower(NORMALIZE(name, NFKC))) STORED,
	email text NOT NULL,
	password_hash text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	display_name text,
	bio text,
	link text,
	CONSTRAINT users_pkey PRIMARY KEY (id),
	CONSTRAINT users_id_name_unique UNIQUE (id, name),
	CONSTRAINT users_name_unique UNIQUE (name),
	CONSTRAINT users_bio_length CHECK (char_length(bio) >= 1 AND char_length(bio) <= 160) NOT VALID,
	CONSTRAINT users_display_name_length CHECK (char_length(display_name) >= 1 AND char_length(display_name) <= 50) NOT VALID,
	CONSTRAINT users_email_length CHECK (char_length(email) >= 1 AND char_length(email) <= 320),
	CONSTRAINT users_link_length CHECK (char_length(link) >= 1 AND char_length(link) <= 200) NOT VALID,
	CONSTRAINT users_name_length CHECK (char_length(name) >= 1 AND char_length(name) <= 100)
);

CREATE INDEX users_name_key ON users (name_key);

CREATE INDEX users_email ON users (lower(email));

CREATE INDEX users_name_prefix ON users (name_key text_pattern_ops);

CREATE TRIGGER users_start_counts
AFTER INSERT ON users REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION start_user_counts();

CREATE TABLE messages (
	id bigint GENERATED ALWAYS AS IDENTITY,
	author_id bigint NOT NULL,
	author_name text NOT NULL,
	text text NOT NULL,
	posted_at timestamptz NOT NULL DEFAULT now(),
	flagged boolean NOT NULL DEFAULT false,
	client_id uuid,
	deleted_at timestamptz,
	CONSTRAINT messages_pkey PRIMARY KEY (id),
	CONSTRAINT messages_client_id_unique UNIQUE (author_id, client_id),
	CONSTRAINT messages_author_fk FOREIGN KEY (author_id, author_name) REFERENCES users(id, name) ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT messages_text_length CHECK (
CASE
    WHEN deleted_at IS NULL THEN char_length(text) >= 1 AND char_length(text) <= 280
    ELSE text = ''::text AND flagged
END) NOT VALID
);

CREATE INDEX messages_public_timeline ON messages (id DESC) WHERE (NOT flagged);

CREATE INDEX messages_author_timeline ON messages (author_id, id DESC) WHERE (NOT flagged);

CREATE INDEX messages_posted_at ON messages USING brin (posted_at) WITH (autosummarize='on');

CREATE INDEX messages_removed ON messages (id DESC) WHERE flagged;

CREATE TRIGGER messages_count_inserted
AFTER INSERT ON messages REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION count_messages();

CREATE TRIGGER messages_count_deleted
AFTER DELETE ON messages REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION count_messages();

CREATE TRIGGER messages_count_flagged
AFTER UPDATE OF flagged ON messages
FOR EACH ROW WHEN (old.flagged <> new.flagged) EXECUTE FUNCTION count_flagged_message();

CREATE TABLE follows (
	id bigint GENERATED ALWAYS AS IDENTITY,
	follower_id bigint NOT NULL,
	followee_id bigint NOT NULL,
	followed_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT follows_pk PRIMARY KEY (follower_id, followee_id),
	CONSTRAINT follows_followee_fk FOREIGN KEY (followee_id) REFERENCES users(id) ON DELETE CASCADE,
	CONSTRAINT follows_follower_fk FOREIGN KEY (follower_id) REFERENCES users(id) ON DELETE CASCADE,
	CONSTRAINT follows_not_oneself CHECK (follower_id <> followee_id)
);

CREATE INDEX follows_following_list ON follows (follower_id, id DESC);

CREATE INDEX follows_follower_list ON follows (followee_id, id DESC);

CREATE TRIGGER follows_count_inserted
AFTER INSERT ON follows REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION count_follows();

CREATE TRIGGER follows_count_deleted
AFTER DELETE ON follows REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION count_follows();

CREATE TABLE user_counts (
	user_id bigint NOT NULL,
	messages bigint NOT NULL DEFAULT 0,
	followers bigint NOT NULL DEFAULT 0,
	following bigint NOT NULL DEFAULT 0,
	CONSTRAINT user_counts_pk PRIMARY KEY (user_id),
	CONSTRAINT user_counts_user_fk FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
) WITH (fillfactor=70);

CREATE TABLE sessions (
	id_hash bytea NOT NULL,
	user_id bigint NOT NULL,
	expires_at timestamptz NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	device text,
	last_seen_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT sessions_pk PRIMARY KEY (id_hash),
	CONSTRAINT sessions_user_fk FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX sessions_user ON sessions (user_id);

CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE simulator_latest (
	slot integer NOT NULL,
	number bigint NOT NULL,
	received bigint NOT NULL,
	CONSTRAINT simulator_latest_pk PRIMARY KEY (slot)
) WITH (fillfactor=50);

CREATE UNLOGGED TABLE rate_limits (
	key character varying(255) NOT NULL,
	points integer NOT NULL DEFAULT 0,
	expire bigint,
	CONSTRAINT rate_limits_pk PRIMARY KEY (key)
);

CREATE INDEX rate_limits_expire ON rate_limits (expire);

CREATE TABLE known_devices (
	user_id bigint NOT NULL,
	device_hash bytea NOT NULL,
	last_seen_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT known_devices_pk PRIMARY KEY (user_id, device_hash),
	CONSTRAINT known_devices_user_fk FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX known_devices_last_seen ON known_devices (last_seen_at);

CREATE TABLE closed_accounts (
	user_id bigint NOT NULL,
	closed_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT closed_accounts_pk PRIMARY KEY (user_id),
	CONSTRAINT closed_accounts_user_fk FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE TABLE held_names (
	name text NOT NULL,
	name_key text GENERATED ALWAYS AS (lower(NORMALIZE(name, NFKC))) STORED,
	held_until timestamptz NOT NULL,
	CONSTRAINT held_names_pk PRIMARY KEY (name)
);

CREATE INDEX held_names_name_key ON held_names (name_key);

CREATE TABLE password_resets (
	user_id bigint NOT NULL,
	token_hash bytea NOT NULL,
	expires_at timestamptz NOT NULL,
	CONSTRAINT password_resets_pk PRIMARY KEY (user_id),
	CONSTRAINT password_resets_token_unique UNIQUE (token_hash),
	CONSTRAINT password_resets_user_fk FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX password_resets_expiry ON password_resets (expires_at);

CREATE TABLE reset_requests (
	id bigint GENERATED ALWAYS AS IDENTITY,
	email text NOT NULL,
	requested_at timestamptz NOT NULL DEFAULT now(),
	attempts integer NOT NULL DEFAULT 0,
	due_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT reset_requests_pk PRIMARY KEY (id),
	CONSTRAINT reset_requests_email_length CHECK (char_length(email) >= 1 AND char_length(email) <= 320)
);

CREATE INDEX reset_requests_due ON reset_requests (due_at);

CREATE TABLE audit_records (
	id bigint GENERATED ALWAYS AS IDENTITY,
	recorded_at timestamptz NOT NULL DEFAULT now(),
	actor_kind text NOT NULL,
	actor_id bigint,
	actor_name text NOT NULL,
	action text NOT NULL,
	user_id bigint,
	user_name text,
	message_id bigint,
	reason text,
	details jsonb,
	CONSTRAINT audit_records_pk PRIMARY KEY (id),
	CONSTRAINT audit_records_actor CHECK (actor_kind = 'operator'::text OR actor_kind = 'moderator'::text AND actor_id IS NOT NULL),
	CONSTRAINT audit_records_reason_length CHECK (char_length(reason) >= 1 AND char_length(reason) <= 280)
);

CREATE INDEX audit_records_user ON audit_records (user_id, id DESC) WHERE (user_id IS NOT NULL);

CREATE TRIGGER audit_records_append_only
BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_records
FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

ALTER TABLE audit_records ENABLE ALWAYS TRIGGER audit_records_append_only;

CREATE TABLE suspended_accounts (
	user_id bigint NOT NULL,
	suspended_at timestamptz NOT NULL DEFAULT now(),
	reason text NOT NULL,
	CONSTRAINT suspended_accounts_pk PRIMARY KEY (user_id),
	CONSTRAINT suspended_accounts_user_fk FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
	CONSTRAINT suspended_accounts_reason_length CHECK (char_length(reason) >= 1 AND char_length(reason) <= 280)
);

CREATE TABLE moderators (
	user_id bigint NOT NULL,
	granted_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT moderators_pk PRIMARY KEY (user_id),
	CONSTRAINT moderators_user_fk FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE TABLE flags (
	message_id bigint NOT NULL,
	flagged_at timestamptz NOT NULL DEFAULT now(),
	reason text NOT NULL,
	answer text,
	answered_at timestamptz,
	author_id bigint NOT NULL,
	CONSTRAINT flags_pk PRIMARY KEY (message_id),
	CONSTRAINT flags_message_fk FOREIGN KEY (message_id) REFERENCES messages(id) ON DELETE CASCADE,
	CONSTRAINT flags_answer CHECK ((answer IS NULL) = (answered_at IS NULL) AND char_length(answer) >= 1 AND char_length(answer) <= 280),
	CONSTRAINT flags_reason_length CHECK (char_length(reason) >= 1 AND char_length(reason) <= 280)
);

CREATE INDEX flags_author ON flags (author_id, message_id DESC);

CREATE TABLE reports (
	id bigint GENERATED ALWAYS AS IDENTITY,
	message_id bigint NOT NULL,
	reporter_id bigint NOT NULL,
	reason text NOT NULL,
	comment text NOT NULL,
	reported_at timestamptz NOT NULL DEFAULT now(),
	closed_at timestamptz,
	CONSTRAINT reports_pk PRIMARY KEY (id),
	CONSTRAINT reports_once UNIQUE (message_id, reporter_id),
	CONSTRAINT reports_message_fk FOREIGN KEY (message_id) REFERENCES messages(id) ON DELETE CASCADE,
	CONSTRAINT reports_reporter_fk FOREIGN KEY (reporter_id) REFERENCES users(id) ON DELETE CASCADE,
	CONSTRAINT reports_comment_length CHECK (char_length(comment) <= 280),
	CONSTRAINT reports_reason_length CHECK (char_length(reason) >= 1 AND char_length(reason) <= 20)
);

CREATE INDEX reports_open ON reports (id DESC) WHERE (closed_at IS NULL);

CREATE INDEX reports_closed ON reports (closed_at) WHERE (closed_at IS NOT NULL);

CREATE INDEX reports_reporter ON reports (reporter_id);

CREATE TABLE invites (
	id bigint GENERATED ALWAYS AS IDENTITY,
	code_hash bytea NOT NULL,
	max_uses integer NOT NULL,
	uses integer NOT NULL DEFAULT 0,
	note text,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	CONSTRAINT invites_pk PRIMARY KEY (id),
	CONSTRAINT invites_code_unique UNIQUE (code_hash),
	CONSTRAINT invites_note_length CHECK (char_length(note) <= 280),
	CONSTRAINT invites_uses CHECK (uses >= 0 AND uses <= max_uses)
);

CREATE INDEX invites_expiry ON invites (expires_at);

CREATE TABLE follow_keys (
	follower_id bigint NOT NULL,
	key uuid NOT NULL,
	change_hash bytea NOT NULL,
	used_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT follow_keys_pk PRIMARY KEY (follower_id, key),
	CONSTRAINT follow_keys_follower_fk FOREIGN KEY (follower_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX follow_keys_used_at ON follow_keys (used_at);

CREATE TABLE imported_users (
	key uuid NOT NULL,
	user_id bigint,
	CONSTRAINT imported_users_pk PRIMARY KEY (key),
	CONSTRAINT imported_users_user_fk FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE SET NULL
);

CREATE INDEX imported_users_user ON imported_users (user_id);

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

CREATE INDEX import_messages_order ON import_messages (posted_at, id, client_id);

CREATE UNLOGGED TABLE import_follows (
	place bigint GENERATED ALWAYS AS IDENTITY,
	follower_id bigint NOT NULL,
	followee_id bigint NOT NULL,
	followed_at timestamptz
);

CREATE UNLOGGED TABLE import_reading (
	source text NOT NULL,
	latest bigint,
	read_rows jsonb NOT NULL,
	has_part boolean NOT NULL DEFAULT false,
	CONSTRAINT import_reading_pk PRIMARY KEY (source)
);

CREATE TABLE import_positions (
	source text NOT NULL,
	last_message bigint NOT NULL,
	CONSTRAINT import_positions_pk PRIMARY KEY (source)
);

CREATE TABLE imported_follows (
	follower_id bigint NOT NULL,
	followee_id bigint NOT NULL,
	CONSTRAINT imported_follows_pk PRIMARY KEY (follower_id, followee_id),
	CONSTRAINT imported_follows_followee_fk FOREIGN KEY (followee_id) REFERENCES users(id) ON DELETE CASCADE,
	CONSTRAINT imported_follows_follower_fk FOREIGN KEY (follower_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX imported_follows_followee ON imported_follows (followee_id);

CREATE SEQUENCE simulator_latest_received;

CREATE OR REPLACE FUNCTION start_user_counts()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
	INSERT INTO user_counts (user_id) SELECT id FROM changed;
	RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION count_messages()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
	step CONSTANT integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
	PERFORM FROM user_counts WHERE user_id IN (SELECT author_id FROM changed) ORDER BY user_id FOR NO KEY UPDATE;

	UPDATE user_counts
	SET messages = messages + step * author.shown
	FROM (SELECT author_id, count(*) AS shown FROM changed WHERE NOT flagged GROUP BY author_id) AS author
	WHERE user_id = author.author_id;
	RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION count_flagged_message()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
	UPDATE user_counts
	SET messages = messages + CASE WHEN NEW.flagged THEN -1 ELSE 1 END
	WHERE user_id = NEW.author_id;
	RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION count_follows()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
	step CONSTANT integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
	PERFORM FROM user_counts
	WHERE user_id IN (SELECT follower_id FROM changed UNION SELECT followee_id FROM changed)
	ORDER BY user_id
	FOR NO KEY UPDATE;

	UPDATE user_counts
	SET followers = user_counts.followers + step * person.followers, following = user_counts.following + step * person.following
	FROM (
		SELECT person_id, sum(followers) AS followers, sum(following) AS following
		FROM (
			SELECT followee_id, 1, 0 FROM changed
			UNION ALL
			SELECT follower_id, 0, 1 FROM changed
		) AS end_of_follow (person_id, followers, following)
		GROUP BY person_id
	) AS person
	WHERE user_id = person.person_id;
	RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION refuse_audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
	RAISE EXCEPTION 'audit records cannot be changed or deleted' USING ERRCODE = 'restrict_violation';
END
$function$;
