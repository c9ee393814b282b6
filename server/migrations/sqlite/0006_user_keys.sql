-- A user's key is an integer or a uuid. The column's type of SQLite, INTEGER affinity, keeps the text
-- of a uuid with dashes as it is, so no table changes.
SELECT 1;
