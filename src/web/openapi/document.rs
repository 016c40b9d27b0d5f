//! A document from tables of operations: paths, parameters, answers. Knows no resource's members.
