//! What of Clerk's interfaces is there: the table in the documents against the tables of operations.
