-- The networks that an account has logged in from or registered from during the last 30 days, so
-- that an attack on the account from elsewhere does not lock its owner out. Refers to no row of
-- Django's, so that Django can delete any of them.
CREATE TABLE IF NOT EXISTS signet_known_location (
    user_id bigint NOT NULL,
    network character varying(45) NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    PRIMARY KEY (user_id, network)
);
CREATE INDEX IF NOT EXISTS signet_known_location_last_seen_at ON signet_known_location (last_seen_at);
