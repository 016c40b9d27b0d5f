DELETE FROM sqlite_stat1 WHERE tbl IN ('shadows', 'shadow_days');
DROP TABLE shadow_days;
DROP TABLE shadows;
ALTER TABLE tenants DROP COLUMN test_locked_at;
ALTER TABLE tenants DROP COLUMN staff_second_factor;
ALTER TABLE tenants DROP COLUMN time_zone;
