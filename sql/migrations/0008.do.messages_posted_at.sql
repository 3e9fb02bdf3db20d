-- For the dashboards, which ask for a span of time: pages of messages lie in the order of their times, so that a summary
-- of each 128 is enough. 40 kB for a million messages, and next to nothing for a post.
CREATE INDEX messages_posted_at ON messages USING brin (posted_at) WITH (autosummarize = on);
