-- The idempotency keys of follows and unfollows that programs sent, so that a late retry changes nothing. Those of messages
-- are their client ids.
CREATE TABLE follow_keys (
	follower_id bigint NOT NULL,
	key uuid NOT NULL,
	-- SHA-256 of the operation and the other user's name.
	change_hash bytea NOT NULL,
	used_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT follow_keys_pk PRIMARY KEY (follower_id, key),
	CONSTRAINT follow_keys_follower_fk FOREIGN KEY (follower_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX follow_keys_used_at ON follow_keys (used_at);
