-- For the search of people by the beginning of their name, in the order of the bytes. CONCURRENTLY lets people register
-- meanwhile; it needs a file of its own. If it is interrupted: DROP INDEX users_name_prefix, then migrate again.
CREATE INDEX CONCURRENTLY users_name_prefix ON users (name_key text_pattern_ops);
