-- Sums of an hour stay what they are: they lie in its first ten minutes.
ALTER TABLE tallies DROP COLUMN quarters;
ALTER TABLE tallies DROP COLUMN hours;
