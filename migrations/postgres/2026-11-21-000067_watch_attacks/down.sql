DROP TABLE campaign_locks;
DROP TABLE campaigns;
DROP TABLE tallies;
DROP TABLE traffic;
