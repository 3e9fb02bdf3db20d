-- A session ends some time after it began, however often it is renewed. Those that are there begin now.
ALTER TABLE sessions ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
