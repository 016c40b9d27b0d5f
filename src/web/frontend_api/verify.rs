//! `GET verify`: the link of a sign-in mail was followed.
