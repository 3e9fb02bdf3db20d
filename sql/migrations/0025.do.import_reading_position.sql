-- The position of a source is that of the messages with an account, which is known only after the accounts are taken.
ALTER TABLE import_reading DROP COLUMN last_message;
