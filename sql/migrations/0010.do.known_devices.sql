-- Devices that have logged in to an account before: others' failed log-ins do not limit them. Only the
-- SHA-256 of what a browser's cookie holds, or of an address, is kept.
CREATE TABLE known_devices (
	user_id bigint NOT NULL,
	device_hash bytea NOT NULL,
	last_seen_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT known_devices_pk PRIMARY KEY (user_id, device_hash),
	CONSTRAINT known_devices_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX known_devices_last_seen ON known_devices (last_seen_at);
