-- Who follows whom. The id rises with time and is the cursor of the lists of people.
CREATE TABLE follows (
	id bigint GENERATED ALWAYS AS IDENTITY,
	follower_id bigint NOT NULL,
	followee_id bigint NOT NULL,
	followed_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT follows_pk PRIMARY KEY (follower_id, followee_id),
	CONSTRAINT follows_follower_fk FOREIGN KEY (follower_id) REFERENCES users (id) ON DELETE CASCADE,
	CONSTRAINT follows_followee_fk FOREIGN KEY (followee_id) REFERENCES users (id) ON DELETE CASCADE,
	CONSTRAINT follows_not_oneself CHECK (follower_id <> followee_id)
);

CREATE INDEX follows_following_list ON follows (follower_id, id DESC);

CREATE INDEX follows_follower_list ON follows (followee_id, id DESC);
