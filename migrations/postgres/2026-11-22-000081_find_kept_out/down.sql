DROP INDEX lock_stories_to_judge;
DROP INDEX lock_stories_kept_out;
ALTER TABLE lock_stories DROP COLUMN judge_at;
ALTER TABLE lock_stories DROP COLUMN kept_out;
