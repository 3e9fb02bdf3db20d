-- Which follows imports have seen, by accounts here: one that was ended here since does not come back with the next import.
CREATE TABLE imported_follows (
	follower_id bigint NOT NULL,
	followee_id bigint NOT NULL,
	CONSTRAINT imported_follows_pk PRIMARY KEY (follower_id, followee_id),
	CONSTRAINT imported_follows_follower_fk FOREIGN KEY (follower_id) REFERENCES users (id) ON DELETE CASCADE,
	CONSTRAINT imported_follows_followee_fk FOREIGN KEY (followee_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX imported_follows_followee ON imported_follows (followee_id);

-- Earlier imports did not say. Between accounts that they made, a follow that is there now may be theirs.
INSERT INTO imported_follows (follower_id, followee_id)
SELECT follower_id, followee_id FROM follows
WHERE follower_id IN (SELECT user_id FROM imported_users) AND followee_id IN (SELECT user_id FROM imported_users);
