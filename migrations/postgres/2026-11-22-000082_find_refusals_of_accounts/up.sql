-- An account's story asks for what was refused within some of its time: without this index all of it was
-- read and sorted each time, which under attack is a row for each source and minute of a month.
CREATE INDEX refusals_by_subject ON refusals (tenant_id, subject, minute, source);
