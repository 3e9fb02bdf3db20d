-- Whether a part of what was read is taken already. Its accounts do not say it, because an import may have none.
ALTER TABLE import_reading ADD COLUMN has_part boolean NOT NULL DEFAULT false;

UPDATE import_reading SET has_part = EXISTS (SELECT FROM import_users WHERE outcome IS NOT NULL);
