DROP TABLE invites;
DROP TABLE team;
