-- The number of the simulator's last action. Every request may bring one, so a single row would make
-- all of them wait for each other's commit: each connection writes a slot of its own, and the slot
-- that was received last holds the answer.
CREATE TABLE simulator_latest (
	slot integer NOT NULL,
	number bigint NOT NULL,
	received bigint NOT NULL,
	CONSTRAINT simulator_latest_pk PRIMARY KEY (slot)
) WITH (fillfactor = 50);

CREATE SEQUENCE simulator_latest_received;
