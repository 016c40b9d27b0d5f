DELETE FROM sqlite_stat1 WHERE idx = 'refusals_by_subject';
DROP INDEX refusals_by_subject;
ANALYZE sqlite_schema;
