DELETE FROM sqlite_stat1 WHERE tbl IN ('team', 'invites');
DROP TABLE invites;
DROP TABLE team;
