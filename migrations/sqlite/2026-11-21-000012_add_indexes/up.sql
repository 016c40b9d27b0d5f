-- Only phantoms are looked for by age, and users' rows change with every attempt: an index that
-- leaves them out is not written then.
DROP INDEX subjects_by_phantom_age;
CREATE INDEX subjects_by_phantom_age ON subjects (tenant_id, last_instant, subject) WHERE phantom;
-- A claim goes from tenant to tenant, so that the oldest rows of one do not hide the others'.
CREATE INDEX outbox_by_tenant ON outbox (kind, status, tenant_id, due_at);
