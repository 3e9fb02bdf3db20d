-- Points spent against a limit, in the layout that rate-limiter-flexible reads and writes. Losing
-- them in a crash is harmless and writing them without a log is quick.
CREATE UNLOGGED TABLE rate_limits (
	key varchar(255) NOT NULL,
	points integer NOT NULL DEFAULT 0,
	expire bigint,
	CONSTRAINT rate_limits_pk PRIMARY KEY (key)
);

CREATE INDEX rate_limits_expire ON rate_limits (expire);
