-- What a session was last asked to prove again, and since when: a factor that was passed before does
-- not count.
ALTER TABLE sessions ADD COLUMN asked_level TEXT COLLATE "C";
ALTER TABLE sessions ADD COLUMN asked_at BIGINT;
