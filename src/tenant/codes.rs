//! Codes that are sent: asking for one, for a sign-in, a second factor or an address to be proved.
