-- The roles and their privileges. Can be run at any time: at the first start, after a migration that adds a table, and
-- after a password has changed. Passwords are read from files on the server, in the folder named by minitwit.secrets.

DO $$
DECLARE
	folder CONSTANT text := coalesce(current_setting('minitwit.secrets', true), '/run/secrets');
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['owner', 'app', 'readonly', 'exporter', 'replicator'] LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'minitwit_' || name) THEN
			EXECUTE format('CREATE ROLE %I LOGIN', 'minitwit_' || name);
		END IF;
		EXECUTE format(
			'ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD %L',
			'minitwit_' || name,
			trim(pg_read_file(folder || '/' || name || '_password'), E' \r\n')
		);
	END LOOP;

	EXECUTE format('ALTER DATABASE %I OWNER TO minitwit_owner', current_database());
	EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
	EXECUTE format(
		'GRANT CONNECT ON DATABASE %I TO minitwit_app, minitwit_readonly, minitwit_exporter', current_database()
	);
END
$$;

ALTER ROLE minitwit_replicator REPLICATION;
GRANT pg_monitor TO minitwit_exporter;

-- The app sets the same when it connects directly, but a pooler does not forward start-up options.
ALTER ROLE minitwit_app SET random_page_cost = 1.1;
ALTER ROLE minitwit_app SET jit = off;
ALTER ROLE minitwit_app SET plan_cache_mode = force_generic_plan;
ALTER ROLE minitwit_app SET statement_timeout = '10s';
ALTER ROLE minitwit_app SET lock_timeout = '8s';
ALTER ROLE minitwit_readonly SET statement_timeout = '30s';
ALTER ROLE minitwit_readonly SET default_transaction_read_only = on;
ALTER ROLE minitwit_exporter SET statement_timeout = '10s';

-- The owner runs migrations; the app reads and writes rows but cannot alter tables.
GRANT USAGE, CREATE ON SCHEMA public TO minitwit_owner;
GRANT USAGE ON SCHEMA public TO minitwit_app, minitwit_readonly;
ALTER DEFAULT PRIVILEGES FOR ROLE minitwit_owner IN SCHEMA public
	GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO minitwit_app;
ALTER DEFAULT PRIVILEGES FOR ROLE minitwit_owner IN SCHEMA public
	GRANT USAGE, SELECT ON SEQUENCES TO minitwit_app;

-- The table refuses changes by itself; without these privileges, a request fails before it gets there.
DO $$
BEGIN
	IF to_regclass('public.audit_records') IS NOT NULL THEN
		REVOKE UPDATE, DELETE ON public.audit_records FROM minitwit_app;
	END IF;
END
$$;

-- Dashboards can read only the columns listed here, so a new table or column stays hidden until it is added. Password
-- hashes, e-mail addresses, sessions and rate limits are left out.
DO $$
DECLARE
	shown record;
BEGIN
	FOR shown IN
		SELECT * FROM (VALUES
			('users', 'id, name, created_at'),
			('messages', 'id, author_id, author_name, text, posted_at, flagged'),
			('follows', 'id, follower_id, followee_id, followed_at'),
			('user_counts', 'user_id, messages, followers, following'),
			('simulator_latest', 'slot, number, received')
		) AS list (relation, columns)
	LOOP
		IF to_regclass('public.' || shown.relation) IS NOT NULL THEN
			EXECUTE format('GRANT SELECT (%s) ON public.%I TO minitwit_readonly', shown.columns, shown.relation);
		END IF;
	END LOOP;
END
$$;
