-- The page that explains an account's lock names the campaign behind it.
CREATE INDEX campaign_locks_by_user ON campaign_locks (tenant_id, user_id, since);
