DELETE FROM sqlite_stat1 WHERE idx IN ('audit_unsealed', 'audit_by_seq', 'audit_by_people',
  'audit_by_action', 'audit_by_actor', 'audit_heads')
  OR idx = 'audit';
DROP INDEX audit_by_actor;
DROP INDEX audit_by_action;
DROP INDEX audit_by_people;
DROP INDEX audit_by_seq;
DROP INDEX audit_unsealed;
DROP TABLE audit_heads;
