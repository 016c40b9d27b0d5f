-- Whether the owner met the lock, which a sign-in proves within a day; `judge_at` is when to look, null for
-- nobody who has signed in and for what is known for good.
ALTER TABLE lock_stories ADD COLUMN kept_out BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE lock_stories ADD COLUMN judge_at BIGINT;
UPDATE lock_stories SET judge_at = signed_in_at WHERE signed_in_at IS NOT NULL;
CREATE INDEX lock_stories_kept_out ON lock_stories (tenant_id, locked_at) WHERE kept_out;
CREATE INDEX lock_stories_to_judge ON lock_stories (tenant_id, judge_at) WHERE judge_at IS NOT NULL;
