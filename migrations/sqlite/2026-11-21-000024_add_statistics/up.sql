-- Without figures SQLite takes ten rows for all that one tenant has, prefers reading them to
-- following an index, and a sign-in read every session of its tenant. These are the figures of a
-- middling database; they stay the same, so a question is answered alike whatever has been stored.
-- Rows of the table, then rows for one value of each further column of the index.
ANALYZE;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('users', 'users', '1000000 10000 1'),
  ('users', 'users_by_age', '1000000 10000 1 1'),
  ('users', 'users_by_external_id', '1000000 10000 1'),
  ('identifications', 'identifications', '1000000 10000 1'),
  ('identifications', 'identifications_by_key', '1000000 10000 1'),
  ('identifications', 'identifications_by_user', '1000000 10000 2'),
  ('subjects', 'subjects', '1000000 10000 1'),
  ('subjects', 'subjects_by_phantom_age', '1000000 10000 1 1'),
  ('attempts', 'attempts', '1000000 10000 1'),
  ('attempts', 'attempts_by_subject', '1000000 10000 10 1'),
  ('refusals', 'refusals', '1000000 10000 100 10 1'),
  ('refusals', 'refusals_by_age', '1000000 10000 100'),
  ('sign_ins', 'sign_ins', '1000000 10000 1'),
  ('sign_ins', 'sign_ins_by_client', '1000000 10000 3'),
  ('sign_ins', 'sign_ins_by_end', '1000000 10'),
  ('sessions', 'sessions', '1000000 10000 1'),
  ('sessions', 'sessions_by_user', '1000000 10000 5 1'),
  ('sessions', 'sessions_by_client', '1000000 10000 3 1'),
  ('sessions', 'sessions_by_end', '1000000 10000 5000 10'),
  ('outbox', 'outbox', '1000000 10000 1'),
  ('outbox', 'outbox_by_due', '1000000 500000 100000 2'),
  ('outbox', 'outbox_by_subject', '1000000 10000 5 1'),
  ('outbox', 'outbox_by_tenant', '1000000 500000 100000 1000 1'),
  ('mailbox', 'mailbox', '10000 1000 1'),
  ('mailbox', 'mailbox_by_age', '10000 2'),
  ('contact_requests', 'contact_requests', '1000000 10000 1'),
  ('contact_requests', 'contact_requests_by_reference', '1000000 10000 1'),
  ('contact_requests', 'contact_requests_by_age', '1000000 10000 3000 1'),
  ('contact_requests', 'contact_requests_by_source', '1000000 10000 5 1'),
  ('contact_requests', 'contact_requests_by_key', '1000000 10000 3 1'),
  ('one_time_codes', 'one_time_codes', '1000000 10000 1'),
  ('one_time_codes', 'one_time_codes_by_subject', '1000000 10000 3 2 1');
-- Has this connection use them, too.
ANALYZE sqlite_schema;
