-- An account's story asks for what was refused within some of its time: without this index all of it was
-- read and sorted each time, which under attack is a row for each source and minute of a month.
CREATE INDEX refusals_by_subject ON refusals (tenant_id, subject, minute, source);

-- Figures as in the migrations before (rows of the table, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('refusals', 'refusals_by_subject', '1000000 10000 100 10 1');
ANALYZE sqlite_schema;
