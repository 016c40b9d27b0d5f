DROP INDEX outbox_by_tenant;
DROP INDEX subjects_by_phantom_age;
CREATE INDEX subjects_by_phantom_age ON subjects (tenant_id, phantom, last_instant);
