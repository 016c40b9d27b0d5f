DELETE FROM sqlite_stat1 WHERE tbl = 'lock_stories';
DROP TABLE lock_stories;
