-- A deleted message is flagged, so that it appears nowhere, and its text is gone. The row stays, so that a late retry of
-- the post is recognized by its client id and its page says that it was deleted. Older rows fulfil the narrower rule that
-- the new one replaces, so they need no check.
ALTER TABLE messages
	ADD COLUMN deleted_at timestamptz,
	DROP CONSTRAINT messages_text_length,
	ADD CONSTRAINT messages_text_length CHECK (
		CASE WHEN deleted_at IS NULL THEN char_length(text) BETWEEN 1 AND 280 ELSE text = '' AND flagged END
	) NOT VALID;
