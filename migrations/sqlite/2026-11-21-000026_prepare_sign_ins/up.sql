-- What a sign-in was last asked to send, so that what is typed is held against its own code and no
-- other's: the strategy, the code's row (a phantom's too) and the address as the door names it.
ALTER TABLE sign_ins ADD COLUMN prepared TEXT;
ALTER TABLE sign_ins ADD COLUMN prepared_code TEXT;
ALTER TABLE sign_ins ADD COLUMN prepared_address TEXT;
-- The strategy of the second factor that was passed.
ALTER TABLE sign_ins ADD COLUMN second_factor TEXT;
-- The strategy that the session began with.
ALTER TABLE sessions ADD COLUMN strategy TEXT;
