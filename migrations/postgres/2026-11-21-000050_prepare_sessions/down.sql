ALTER TABLE sessions DROP COLUMN second_again;
ALTER TABLE sessions DROP COLUMN first_again;
ALTER TABLE sessions DROP COLUMN prepared_address;
ALTER TABLE sessions DROP COLUMN prepared_code;
ALTER TABLE sessions DROP COLUMN prepared;
