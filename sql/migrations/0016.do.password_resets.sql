-- The link with which an account's owner can set a new password: one per account, so that a new one ends the earlier.
-- Only the SHA-256 of its token is kept.
CREATE TABLE password_resets (
	user_id bigint NOT NULL,
	token_hash bytea NOT NULL,
	expires_at timestamptz NOT NULL,
	CONSTRAINT password_resets_pk PRIMARY KEY (user_id),
	CONSTRAINT password_resets_token_unique UNIQUE (token_hash),
	CONSTRAINT password_resets_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX password_resets_expiry ON password_resets (expires_at);
