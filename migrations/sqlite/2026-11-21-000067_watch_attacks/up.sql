-- What a tenant was tried with, in sums that a page can draw, and the campaigns that were found in it.
-- `slot` is ten minutes (Unix ms / 600000), `network` the /24 or /48; '' holds the small ones together.
CREATE TABLE traffic (
  tenant_id TEXT NOT NULL,
  slot BIGINT NOT NULL,
  network TEXT NOT NULL,
  rights BIGINT NOT NULL,
  wrongs BIGINT NOT NULL,
  refused BIGINT NOT NULL,
  locks BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, slot, network)
) WITHOUT ROWID;

-- Up to where the log has been summed up: the last attempt, the first minute of refused tries that is
-- not, the last slot whose small networks were put together.
CREATE TABLE tallies (
  tenant_id TEXT NOT NULL PRIMARY KEY,
  attempt TEXT NOT NULL,
  minute BIGINT NOT NULL,
  folded BIGINT NOT NULL,
  looked_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE campaigns (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  began_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  -- The newest slot that is in `tries`, and how many of them are its own: it may still grow.
  tail_slot BIGINT NOT NULL,
  tail_tries BIGINT NOT NULL,
  accounts BIGINT NOT NULL,
  nobodies BIGINT NOT NULL,
  sources BIGINT NOT NULL,
  networks BIGINT NOT NULL,
  -- JSON: the largest networks with their tries; users who were signed in to meanwhile.
  largest TEXT NOT NULL,
  signed_in TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE INDEX campaigns_by_last ON campaigns (tenant_id, last_at, id);

CREATE TABLE campaign_locks (
  tenant_id TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  since BIGINT NOT NULL,
  -- What became of its undoing: `undone`, `over`, `relocked`, `staff`, `gone`.
  undone TEXT,
  PRIMARY KEY (tenant_id, campaign_id, user_id, since)
) WITHOUT ROWID;

-- Figures as in the migrations before (rows of the table, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('traffic', 'traffic', '1000000 10000 40 1'),
  ('tallies', 'tallies', '10000 1'),
  ('campaigns', 'campaigns', '10000 20 1'),
  ('campaigns', 'campaigns_by_last', '10000 20 1 1'),
  ('campaign_locks', 'campaign_locks', '100000 1000 50 1 1');
ANALYZE sqlite_schema;
