ALTER TABLE lock_stories DROP COLUMN helped_at;
ALTER TABLE lock_stories DROP COLUMN asked_at;
