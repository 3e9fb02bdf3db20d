-- Messages. The id rises with time and is the cursor of every timeline. client_id is made by the
-- client when writing begins: the key under which a repeated post is known, kept for ever. The
-- author's name stands here too, held true by the foreign key: a page of a timeline is then one range
-- of one index, and twice as fast as with a look-up of every author.
CREATE TABLE messages (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	author_id bigint NOT NULL,
	author_name text NOT NULL,
	text text NOT NULL,
	posted_at timestamptz NOT NULL DEFAULT now(),
	flagged boolean NOT NULL DEFAULT false,
	client_id uuid,
	CONSTRAINT messages_author_fk FOREIGN KEY (author_id, author_name) REFERENCES users (id, name) ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT messages_text_length CHECK (char_length(text) BETWEEN 1 AND 280),
	CONSTRAINT messages_client_id_unique UNIQUE (author_id, client_id)
);

-- Flagged messages appear nowhere, so the timelines' indexes leave them out.
CREATE INDEX messages_public_timeline ON messages (id DESC) WHERE NOT flagged;

CREATE INDEX messages_author_timeline ON messages (author_id, id DESC) WHERE NOT flagged;
