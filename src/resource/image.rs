//! The picture of a user: the address that is stored, else one of our own with initials.
