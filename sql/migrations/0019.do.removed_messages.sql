-- For pages that stay open: they ask which of their messages were deleted or flagged. Few are, so the index is small; it
-- is made in one scan of the table, about a second for ten million messages.
CREATE INDEX messages_removed ON messages (id DESC) WHERE flagged;
