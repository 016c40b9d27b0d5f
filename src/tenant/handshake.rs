//! What a server-rendered page needs to know who is signed in, as the cookies that it should have.
