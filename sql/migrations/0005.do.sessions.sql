-- Signed-in browsers. Only the SHA-256 of a session id is kept, so that a copy of this table signs
-- nobody in.
CREATE TABLE sessions (
	id_hash bytea NOT NULL,
	user_id bigint NOT NULL,
	expires_at timestamptz NOT NULL,
	CONSTRAINT sessions_pk PRIMARY KEY (id_hash),
	CONSTRAINT sessions_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX sessions_user ON sessions (user_id);

CREATE INDEX sessions_expiry ON sessions (expires_at);
