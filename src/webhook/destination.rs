//! Where a delivery may go: which addresses are private, and that the one that was judged is the one
//! that is called. Knows no event.
