DELETE FROM sqlite_stat1
  WHERE idx IN ('subjects_by_long_run', 'sources_by_lock', 'users_banned', 'audit_by_user');
DROP INDEX audit_by_user;
DROP INDEX users_banned;
DROP INDEX sources_by_lock;
DROP INDEX subjects_by_long_run;
