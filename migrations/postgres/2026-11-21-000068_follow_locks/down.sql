DROP TABLE lock_stories;
