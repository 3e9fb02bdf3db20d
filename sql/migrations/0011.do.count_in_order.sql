-- A batch inserts messages of many authors. Their rows are locked in the order of the key before they change, as
-- in count_follows, so that two batches with the same authors cannot wait for one another.
CREATE OR REPLACE FUNCTION count_messages() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	step CONSTANT integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
	PERFORM FROM user_counts WHERE user_id IN (SELECT author_id FROM changed) ORDER BY user_id FOR NO KEY UPDATE;

	UPDATE user_counts
	SET messages = messages + step * author.shown
	FROM (SELECT author_id, count(*) AS shown FROM changed WHERE NOT flagged GROUP BY author_id) AS author
	WHERE user_id = author.author_id;
	RETURN NULL;
END
$$;
