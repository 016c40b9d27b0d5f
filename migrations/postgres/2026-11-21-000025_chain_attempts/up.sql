-- An index by subject was one page more to write for each attempt. Now the subject's row says which
-- attempt was the last and each attempt which one was before it: both rows are written anyway.
ALTER TABLE attempts ADD COLUMN previous TEXT COLLATE "C";
ALTER TABLE subjects ADD COLUMN last_attempt TEXT COLLATE "C";
UPDATE attempts SET previous = (
  SELECT b.id FROM attempts b
  WHERE b.tenant_id = attempts.tenant_id AND b.subject = attempts.subject
    AND (b.at, b.id) < (attempts.at, attempts.id)
  ORDER BY b.at DESC, b.id DESC LIMIT 1
);
UPDATE subjects SET last_attempt = (
  SELECT a.id FROM attempts a
  WHERE a.tenant_id = subjects.tenant_id AND a.subject = subjects.subject
  ORDER BY a.at DESC, a.id DESC LIMIT 1
);
DROP INDEX attempts_by_subject;
