ALTER TABLE tenants DROP COLUMN overlay_until;
ALTER TABLE tenants DROP COLUMN overlay_version;
ALTER TABLE policies DROP COLUMN ends_at;
ALTER TABLE policies DROP COLUMN effect;
ALTER TABLE policies DROP COLUMN made_over;
ALTER TABLE policies DROP COLUMN kind;
