DROP INDEX audit_by_user;
DROP INDEX users_banned;
DROP INDEX sources_by_lock;
DROP INDEX subjects_by_long_run;
