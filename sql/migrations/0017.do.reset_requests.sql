-- E-mail addresses to which a link to a new password is to be sent, until it has been sent.
CREATE TABLE reset_requests (
	id bigint GENERATED ALWAYS AS IDENTITY,
	email text NOT NULL,
	requested_at timestamptz NOT NULL DEFAULT now(),
	attempts integer NOT NULL DEFAULT 0,
	-- A server that sends the mail moves this into the future, so that another one takes over if it fails or stops.
	due_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT reset_requests_pk PRIMARY KEY (id),
	CONSTRAINT reset_requests_email_length CHECK (char_length(email) BETWEEN 1 AND 320)
);

CREATE INDEX reset_requests_due ON reset_requests (due_at);

-- Finds the accounts with an address. Registrations wait while it is built, about a second per million users; nothing
-- else does.
CREATE INDEX users_email ON users (lower(email));
