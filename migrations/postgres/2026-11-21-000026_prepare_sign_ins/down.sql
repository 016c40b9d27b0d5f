ALTER TABLE sessions DROP COLUMN strategy;
ALTER TABLE sign_ins DROP COLUMN second_factor;
ALTER TABLE sign_ins DROP COLUMN prepared_address;
ALTER TABLE sign_ins DROP COLUMN prepared_code;
ALTER TABLE sign_ins DROP COLUMN prepared;
