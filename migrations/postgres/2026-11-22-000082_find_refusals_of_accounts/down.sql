DROP INDEX refusals_by_subject;
