-- "answered_at" is when a successor was handed out: NULL until the rotation that made it has been
-- answered. Rows from before, and those of servers that do not know this column, count as answered.
-- SQLite cannot add a column unless it is there, so the table is made anew.
DROP TABLE IF EXISTS "signet_session_token_new";
CREATE TABLE "signet_session_token_new" (
    "jti" varchar(255) NOT NULL PRIMARY KEY,
    "session_id" varchar(32) NOT NULL,
    "spent_jti" varchar(255) NULL,
    "created_at" datetime NOT NULL,
    "expires_at" bigint NOT NULL,
    "answered_at" datetime NULL DEFAULT '1970-01-01 00:00:00'
) WITHOUT ROWID;
INSERT INTO "signet_session_token_new" ("jti", "session_id", "spent_jti", "created_at", "expires_at")
SELECT "jti", "session_id", "spent_jti", "created_at", "expires_at" FROM "signet_session_token";
DROP TABLE "signet_session_token";
ALTER TABLE "signet_session_token_new" RENAME TO "signet_session_token";
CREATE INDEX IF NOT EXISTS "signet_session_token_session_id"
    ON "signet_session_token" ("session_id", "expires_at");
CREATE INDEX IF NOT EXISTS "signet_session_token_expires_at" ON "signet_session_token" ("expires_at");

-- Registrations that may not have been answered: a row stays until the answer has been given.
CREATE TABLE IF NOT EXISTS "signet_registration" (
    "username" varchar(150) NOT NULL PRIMARY KEY,
    "created_at" datetime NOT NULL
) WITHOUT ROWID;
