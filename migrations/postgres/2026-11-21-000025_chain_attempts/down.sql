CREATE INDEX attempts_by_subject ON attempts (tenant_id, subject, at);
ALTER TABLE subjects DROP COLUMN last_attempt;
ALTER TABLE attempts DROP COLUMN previous;
