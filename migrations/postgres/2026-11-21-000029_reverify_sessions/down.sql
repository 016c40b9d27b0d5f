ALTER TABLE sessions DROP COLUMN asked_at;
ALTER TABLE sessions DROP COLUMN asked_level;
