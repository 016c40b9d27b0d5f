DROP INDEX subjects_by_staff_lock;
DROP INDEX subjects_by_lock;
