-- What people report about messages: once per person and message. A report is open until a moderator has decided; it stays
-- for a time after that, so that the same person cannot open it again.
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
	CONSTRAINT reports_message_fk FOREIGN KEY (message_id) REFERENCES messages (id) ON DELETE CASCADE,
	CONSTRAINT reports_reporter_fk FOREIGN KEY (reporter_id) REFERENCES users (id) ON DELETE CASCADE,
	CONSTRAINT reports_reason_length CHECK (char_length(reason) BETWEEN 1 AND 20),
	CONSTRAINT reports_comment_length CHECK (char_length(comment) <= 280)
);

-- The queue of moderators: the newest open reports.
CREATE INDEX reports_open ON reports (id DESC) WHERE closed_at IS NULL;
CREATE INDEX reports_closed ON reports (closed_at) WHERE closed_at IS NOT NULL;
-- For the removal of an account.
CREATE INDEX reports_reporter ON reports (reporter_id);

-- Codes with which people can register where this takes an invitation. Only their SHA-256 is kept.
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
	CONSTRAINT invites_uses CHECK (uses BETWEEN 0 AND max_uses),
	CONSTRAINT invites_note_length CHECK (char_length(note) <= 280)
);

CREATE INDEX invites_expiry ON invites (expires_at);

-- So that authors find what is hidden of them. Nothing is yet: the table came with the migration before.
ALTER TABLE flags ADD COLUMN author_id bigint NOT NULL;
CREATE INDEX flags_author ON flags (author_id, message_id DESC);

-- Without statistics, the planner expects a thousand rows in a new table.
ANALYZE reports, flags;
