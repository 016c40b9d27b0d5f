DELETE FROM sqlite_stat1 WHERE idx IN ('subjects_by_lock', 'subjects_by_staff_lock');
DROP INDEX subjects_by_staff_lock;
DROP INDEX subjects_by_lock;
