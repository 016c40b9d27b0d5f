-- PostgreSQL gathers its own figures and does not take a tenant for ten rows without them.
SELECT 1;
