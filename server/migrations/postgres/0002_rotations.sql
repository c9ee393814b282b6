-- Which refresh token came after which: for ROTATION_GRACE and SESSION_MAX_AGE. Ours alone; no row
-- of Django's is referred to. Seconds since the epoch, but for rotated_at.
CREATE TABLE IF NOT EXISTS signet_rotation (
    successor_jti character varying(255) NOT NULL PRIMARY KEY,
    spent_jti character varying(255) NOT NULL,
    rotated_at timestamp with time zone NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    began_at bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS signet_rotation_spent_jti ON signet_rotation (spent_jti);
CREATE INDEX IF NOT EXISTS signet_rotation_expires_at ON signet_rotation (expires_at);
