//! A user's secrets as the user and the tenant's servers change them: password, app, recovery codes.
