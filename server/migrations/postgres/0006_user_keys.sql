-- A user's key is an integer or a uuid, so Signet's own tables hold it as text.
ALTER TABLE signet_session ALTER COLUMN user_id TYPE varchar(36) USING user_id::text;
ALTER TABLE signet_known_location ALTER COLUMN user_id TYPE varchar(36) USING user_id::text;
