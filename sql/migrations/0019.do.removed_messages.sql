-- For pages that stay open: they ask which of their messages were deleted or flagged. Few are, so the index is small; it
-- is made while messages arrive. If it is interrupted: DROP INDEX messages_removed, then migrate again.
CREATE INDEX CONCURRENTLY messages_removed ON messages (id DESC) WHERE flagged;
