DELETE FROM sqlite_stat1 WHERE tbl IN ('traffic', 'tallies', 'campaigns', 'campaign_locks');
DROP TABLE campaign_locks;
DROP TABLE campaigns;
DROP TABLE tallies;
DROP TABLE traffic;
