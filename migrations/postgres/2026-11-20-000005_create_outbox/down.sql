DROP TABLE contact_requests;
DROP TABLE audit;
DROP TABLE mailbox;
DROP TABLE outbox;
