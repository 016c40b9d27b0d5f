-- The attack whose lock a code in an unlock mail ends; null for codes of another use.
ALTER TABLE one_time_codes ADD COLUMN episode BIGINT;
