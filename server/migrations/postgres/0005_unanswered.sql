-- When a successor was handed out: NULL until the rotation that made it has been answered. Rows from
-- before, and those of servers that do not know this column, count as answered.
ALTER TABLE signet_session_token ADD COLUMN IF NOT EXISTS answered_at timestamp with time zone
    DEFAULT '1970-01-01 00:00:00+00';

-- Registrations that may not have been answered: a row stays until the answer has been given.
CREATE TABLE IF NOT EXISTS signet_registration (
    username character varying(150) NOT NULL PRIMARY KEY,
    created_at timestamp with time zone NOT NULL
);
