-- What a session was last asked to send, as a sign-in remembers it: the strategy, the code's row and
-- the address. What is typed is held against this code and no other.
ALTER TABLE sessions ADD COLUMN prepared TEXT;
ALTER TABLE sessions ADD COLUMN prepared_code TEXT;
ALTER TABLE sessions ADD COLUMN prepared_address TEXT;
-- How each factor was last proved again.
ALTER TABLE sessions ADD COLUMN first_again TEXT;
ALTER TABLE sessions ADD COLUMN second_again TEXT;
