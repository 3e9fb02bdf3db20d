-- What the pages count, kept by triggers, so that no page counts rows and no door can forget to.
CREATE TABLE user_counts (
	user_id bigint NOT NULL,
	messages bigint NOT NULL DEFAULT 0,
	followers bigint NOT NULL DEFAULT 0,
	following bigint NOT NULL DEFAULT 0,
	CONSTRAINT user_counts_pk PRIMARY KEY (user_id),
	CONSTRAINT user_counts_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) WITH (fillfactor = 70);

CREATE FUNCTION start_user_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO user_counts (user_id) SELECT id FROM changed;
	RETURN NULL;
END
$$;

CREATE FUNCTION count_messages() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	step CONSTANT integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
	UPDATE user_counts
	SET messages = messages + step * author.shown
	FROM (SELECT author_id, count(*) AS shown FROM changed WHERE NOT flagged GROUP BY author_id) AS author
	WHERE user_id = author.author_id;
	RETURN NULL;
END
$$;

CREATE FUNCTION count_flagged_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE user_counts
	SET messages = messages + CASE WHEN NEW.flagged THEN -1 ELSE 1 END
	WHERE user_id = NEW.author_id;
	RETURN NULL;
END
$$;

-- The rows are locked in the order of their key before they change: two people who follow each
-- other at the same moment would otherwise wait for one another.
CREATE FUNCTION count_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	step CONSTANT integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
	PERFORM FROM user_counts
	WHERE user_id IN (SELECT follower_id FROM changed UNION SELECT followee_id FROM changed)
	ORDER BY user_id
	FOR NO KEY UPDATE;

	UPDATE user_counts
	SET followers = user_counts.followers + step * person.followers, following = user_counts.following + step * person.following
	FROM (
		SELECT person_id, sum(followers) AS followers, sum(following) AS following
		FROM (
			SELECT followee_id, 1, 0 FROM changed
			UNION ALL
			SELECT follower_id, 0, 1 FROM changed
		) AS end_of_follow (person_id, followers, following)
		GROUP BY person_id
	) AS person
	WHERE user_id = person.person_id;
	RETURN NULL;
END
$$;

CREATE TRIGGER users_start_counts
AFTER INSERT ON users REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION start_user_counts();

CREATE TRIGGER messages_count_inserted
AFTER INSERT ON messages REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION count_messages();

CREATE TRIGGER messages_count_deleted
AFTER DELETE ON messages REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION count_messages();

CREATE TRIGGER messages_count_flagged
AFTER UPDATE OF flagged ON messages
FOR EACH ROW WHEN (OLD.flagged <> NEW.flagged) EXECUTE FUNCTION count_flagged_message();

CREATE TRIGGER follows_count_inserted
AFTER INSERT ON follows REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION count_follows();

CREATE TRIGGER follows_count_deleted
AFTER DELETE ON follows REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION count_follows();
