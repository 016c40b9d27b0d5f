//! `user import`: reads another system's export row by row and hands it over; dry run or for real.
