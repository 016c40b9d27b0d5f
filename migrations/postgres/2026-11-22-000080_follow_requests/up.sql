-- Of those who were locked: when they wrote to support about it, and when staff ended the lock after that.
ALTER TABLE lock_stories ADD COLUMN asked_at BIGINT;
ALTER TABLE lock_stories ADD COLUMN helped_at BIGINT;
