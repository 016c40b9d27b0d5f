//! Many users in one job, from another system's export. Knows no file format.
