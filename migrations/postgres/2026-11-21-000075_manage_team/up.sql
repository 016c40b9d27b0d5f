-- Where an invitation was mailed to and by which row of the outbox (of the tenant `console`), and when
-- it was taken back.
ALTER TABLE invites ADD COLUMN mailed_to TEXT COLLATE "C";
ALTER TABLE invites ADD COLUMN mail_id TEXT COLLATE "C";
ALTER TABLE invites ADD COLUMN revoked_at BIGINT;
CREATE INDEX invites_by_time ON invites (tenant_id, created_at);
