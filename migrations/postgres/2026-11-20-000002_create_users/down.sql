DROP TABLE identifications;
DROP TABLE users;
