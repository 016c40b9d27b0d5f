//! Promise P2 and P1 beside the kill loop: harm done to the disk, the database server and the
//! network below the real program, while the same people as in `kill` are at work. Each ends with
//! the same comparison: nothing lost, nothing doubled, nothing answered beyond N. What takes longer
//! than seconds, or root, is named `soak_…` and run by `make soak`.

mod calls;
mod database_server;
mod disk;
mod nodes;
mod outage;
mod power;
mod reads;
