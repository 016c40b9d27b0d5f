-- Mails that were given up or came back, and addresses that are none: both are few.
CREATE INDEX outbox_undelivered ON outbox (tenant_id, id) WHERE kind = 'mail' AND (status = 'dead' OR bounced_at IS NOT NULL);
CREATE INDEX identifications_undeliverable ON identifications (tenant_id, undeliverable_since, id) WHERE undeliverable_since IS NOT NULL;
