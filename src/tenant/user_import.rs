//! Moving users in from another system: batches, and what is told of each row. Knows no file format.
