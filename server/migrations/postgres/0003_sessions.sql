-- A session is what one login began: a family of refresh tokens, each of which came of another
-- one by rotation, but for the first. Ours alone; no row of Django's is referred to, so that
-- Django can delete any of them.
CREATE TABLE IF NOT EXISTS signet_session (
    id character varying(32) NOT NULL PRIMARY KEY,
    user_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone NOT NULL,
    address character varying(45) NOT NULL,
    user_agent character varying(255) NOT NULL,
    ended_at timestamp with time zone,
    ended_by character varying(16)
);
CREATE INDEX IF NOT EXISTS signet_session_user_id ON signet_session (user_id);

-- spent_jti is the token that this one came of. Never a token itself, only its jti. expires_at is
-- in seconds since the epoch.
CREATE TABLE IF NOT EXISTS signet_session_token (
    jti character varying(255) NOT NULL PRIMARY KEY,
    session_id character varying(32) NOT NULL,
    spent_jti character varying(255),
    created_at timestamp with time zone NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS signet_session_token_session_id ON signet_session_token (session_id, expires_at);
CREATE INDEX IF NOT EXISTS signet_session_token_expires_at ON signet_session_token (expires_at);

-- What came after what is known of the family now.
DROP TABLE IF EXISTS signet_rotation;
