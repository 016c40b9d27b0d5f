-- What was tried is summed up by ten minutes. A day later it becomes one sum an hour, a week later one in six
-- hours: up to which slot that has been done.
ALTER TABLE tallies ADD COLUMN hours BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tallies ADD COLUMN quarters BIGINT NOT NULL DEFAULT 0;
