-- Who is locked, by the end of the lock: a row stands here once it was ever locked, and never for a
-- name that is nobody's, whose attempts must cost what everybody's cost.
CREATE INDEX subjects_by_lock ON subjects (tenant_id, lock_until, subject)
  WHERE lock_until IS NOT NULL AND NOT phantom;
CREATE INDEX subjects_by_staff_lock ON subjects (tenant_id, staff_until, subject)
  WHERE staff_until IS NOT NULL;
