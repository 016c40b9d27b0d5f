//! Where a tenant wants to be told of events, with the sealed secrets that sign them.
