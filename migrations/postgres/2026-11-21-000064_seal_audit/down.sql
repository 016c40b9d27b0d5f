DROP INDEX audit_by_actor;
DROP INDEX audit_by_action;
DROP INDEX audit_by_people;
DROP INDEX audit_by_seq;
DROP INDEX audit_unsealed;
DROP TABLE audit_heads;
