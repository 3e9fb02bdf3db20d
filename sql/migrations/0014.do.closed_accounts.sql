-- Accounts that are closed and not removed yet. Reads leave out what belongs to them: the table is small, because an
-- account is in it for seven days.
CREATE TABLE closed_accounts (
	user_id bigint NOT NULL,
	closed_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT closed_accounts_pk PRIMARY KEY (user_id),
	CONSTRAINT closed_accounts_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

-- Names of removed accounts that cannot be registered yet.
CREATE TABLE held_names (
	name text NOT NULL,
	name_key text GENERATED ALWAYS AS (lower(normalize(name, NFKC))) STORED,
	held_until timestamptz NOT NULL,
	CONSTRAINT held_names_pk PRIMARY KEY (name)
);

CREATE INDEX held_names_name_key ON held_names (name_key);

-- Without statistics, the planner expects a thousand rows in a new table, and reads would make room for them.
ANALYZE closed_accounts;
