-- What a SQLite file knows of Django's tables: the statements that made them and their indexes.
SELECT sql
FROM sqlite_master
WHERE sql IS NOT NULL AND tbl_name IN (
    'auth_user',
    'token_blacklist_outstandingtoken',
    'token_blacklist_blacklistedtoken'
)
ORDER BY tbl_name, type DESC, name
