-- Who changed what on behalf of the site, when and why. Records outlive the accounts and messages that they name, so they
-- have no foreign keys.
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
	CONSTRAINT audit_records_actor CHECK (actor_kind = 'operator' OR actor_kind = 'moderator' AND actor_id IS NOT NULL),
	CONSTRAINT audit_records_reason_length CHECK (char_length(reason) BETWEEN 1 AND 280)
);

CREATE INDEX audit_records_user ON audit_records (user_id, id DESC) WHERE user_id IS NOT NULL;

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'audit records cannot be changed or deleted' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER audit_records_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_records
FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- Also for a session that has turned ordinary triggers off.
ALTER TABLE audit_records ENABLE ALWAYS TRIGGER audit_records_append_only;

-- Accounts that can read, export and leave, but not write.
CREATE TABLE suspended_accounts (
	user_id bigint NOT NULL,
	suspended_at timestamptz NOT NULL DEFAULT now(),
	reason text NOT NULL,
	CONSTRAINT suspended_accounts_pk PRIMARY KEY (user_id),
	CONSTRAINT suspended_accounts_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
	CONSTRAINT suspended_accounts_reason_length CHECK (char_length(reason) BETWEEN 1 AND 280)
);

CREATE TABLE moderators (
	user_id bigint NOT NULL,
	granted_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT moderators_pk PRIMARY KEY (user_id),
	CONSTRAINT moderators_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

-- Why a message is hidden, and what its author says to that. A message that its author deleted is flagged too, without a
-- row here.
CREATE TABLE flags (
	message_id bigint NOT NULL,
	flagged_at timestamptz NOT NULL DEFAULT now(),
	reason text NOT NULL,
	answer text,
	answered_at timestamptz,
	CONSTRAINT flags_pk PRIMARY KEY (message_id),
	CONSTRAINT flags_message_fk FOREIGN KEY (message_id) REFERENCES messages (id) ON DELETE CASCADE,
	CONSTRAINT flags_reason_length CHECK (char_length(reason) BETWEEN 1 AND 280),
	CONSTRAINT flags_answer CHECK ((answer IS NULL) = (answered_at IS NULL) AND char_length(answer) BETWEEN 1 AND 280)
);

-- Without statistics, the planner expects a thousand rows in a new table, and writes would make room for them.
ANALYZE suspended_accounts, moderators;
