//! What the pages around a mailed code show.
