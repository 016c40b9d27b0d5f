//! The steps of a sign-in beside the password: preparing and attempting codes, apps, recovery codes.
