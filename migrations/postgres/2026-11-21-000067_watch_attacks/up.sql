-- What a tenant was tried with, in sums that a page can draw, and the campaigns that were found in it.
-- `slot` is ten minutes (Unix ms / 600000), `network` the /24 or /48; '' holds the small ones together.
CREATE TABLE traffic (
  tenant_id TEXT COLLATE "C" NOT NULL,
  slot BIGINT NOT NULL,
  network TEXT COLLATE "C" NOT NULL,
  rights BIGINT NOT NULL,
  wrongs BIGINT NOT NULL,
  refused BIGINT NOT NULL,
  locks BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, slot, network)
);

-- Up to where the log has been summed up: the last attempt, the first minute of refused tries that is
-- not, the last slot whose small networks were put together.
CREATE TABLE tallies (
  tenant_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  attempt TEXT COLLATE "C" NOT NULL,
  minute BIGINT NOT NULL,
  folded BIGINT NOT NULL,
  looked_at BIGINT NOT NULL
);

CREATE TABLE campaigns (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  target TEXT COLLATE "C" NOT NULL,
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
  largest TEXT COLLATE "C" NOT NULL,
  signed_in TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX campaigns_by_last ON campaigns (tenant_id, last_at, id);

CREATE TABLE campaign_locks (
  tenant_id TEXT COLLATE "C" NOT NULL,
  campaign_id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  since BIGINT NOT NULL,
  -- What became of its undoing: `undone`, `over`, `relocked`, `staff`, `gone`.
  undone TEXT COLLATE "C",
  PRIMARY KEY (tenant_id, campaign_id, user_id, since)
);
