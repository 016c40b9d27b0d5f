//! What a locked account is told, in every language that we speak.
