//! A sentence about each operation, for the documents: what a caller could not guess from its name.
//! Operations without one are named by their id. Knows nothing of how they are served.

/// The sentence about operation `id`; empty where there is none.
#[must_use]
pub fn sentence(id: &str) -> &'static str {
    SENTENCES.iter().find(|(of, _)| *of == id).map_or("", |(_, sentence)| sentence)
}

/// By operation id.
const SENTENCES: &[(&str, &str)] = &[
    // The Frontend API.
    (
        "getJWKS",
        "The public keys that verify session tokens. A retired key stays while tokens of it live.",
    ),
    ("getEnvironment", "What a client library needs to know before anybody signs in."),
    ("updateEnvironment", "Answers as `getEnvironment`; nothing is changed."),
    ("getHealth", "Whether this interface answers for this tenant."),
    (
        "createDevBrowser",
        "A name that stands for nothing: development browsers are known by their cookie.",
    ),
    ("getClient", "The client as it stands now; `response` is null for a caller that shows none."),
    ("putClient", "The caller's client, made if there is none."),
    ("postClient", "The caller's client, made if there is none."),
    ("deleteClient", "Ends all sessions of the client and forgets it."),
    ("handshakeClient", "Sends a browser back to the app with the cookies that its servers read."),
    (
        "createSignIn",
        "Begins a sign-in, and replaces the one that the client had begun. With an identifier and a \
      secret it is tried at once. An identifier alone is never refused for a lock, because the way \
      back in begins here.",
    ),
    ("getSignIn", "A sign-in of the caller's own client."),
    (
        "prepareSignInFactorOne",
        "Sends the code or link of a first factor. Answered alike for an identifier that \
      nobody has.",
    ),
    (
        "attemptSignInFactorOne",
        "Tries a first factor. A wrong one is 422; the one that locks is itself 403 \
      `user_locked`.",
    ),
    ("prepareSignInFactorTwo", "Sends the code of a second factor."),
    (
        "attemptSignInFactorTwo",
        "Tries a second factor. Counted together with the first; a lock takes the factor \
      that was passed.",
    ),
    ("resetPassword", "Sets a new password after a reset code. Ends automatic locks."),
    ("getMe", "The user of the caller's session."),
    ("patchMe", "Changes what users may change of themselves."),
    ("getSession", "A session of the caller's own client."),
    ("touchSession", "Makes a session the client's active one."),
    ("endSession", "Signs out of one session."),
    ("removeSession", "Signs out of one session and forgets it."),
    ("createSessionToken", "A fresh session token, good for a minute."),
    ("deleteClientSessions", "Signs out of every session of the client."),
    (
        "createUnlockRequest",
        "Asks for a new unlock mail. Answered alike whether or not there is an account, and \
      whether or not it is locked.",
    ),
    (
        "createSupportRequest",
        "Sends a message to the tenant's support; it is kept before this is answered.",
    ),
    // The Backend API.
    (
        "GetJWKS",
        "The public keys that verify session tokens. A retired key stays while tokens of it live.",
    ),
    (
        "UpdateInstance",
        "Changes settings of the tenant. Nothing is changed where any of them is at fault.",
    ),
    (
        "GetAttackProtection",
        "The lockout policy in force, with its author, its reason and what is to be warned of.",
    ),
    (
        "UpdateAttackProtection",
        "Puts a new version of the policy in force. What is not named stays; a `preset` \
      replaces all that is not named. Lengths are written like `90s`, `15m` or `24h`. No live lock moves.",
    ),
    (
        "GetMailServer",
        "By which mail server the tenant's mails leave, how the last test went, and what is to stand in \
      the DNS. Never a password.",
    ),
    (
        "UpdateMailServer",
        "Gives the tenant a mail server of its own, or changes it. The host must not be in a private \
      network. The password is given again where host, port, security or username change.",
    ),
    ("DeleteMailServer", "Mails leave by the house's server again; keys that sign are removed."),
    (
        "TestMailServer",
        "Sends one mail at once, at most five an hour, and says what the server answered.",
    ),
    (
        "CreateDkimKey",
        "Makes a key that signs mails. The first one signs at once; a later one waits until it is \
      activated, so that its record can be published before.",
    ),
    ("ActivateDkimKey", "The key that waits signs from now on; the one before it is removed."),
    ("DeleteDkimKeys", "Removes the keys: mails leave unsigned."),
    (
        "GetUserList",
        "Users by filter. In `user_id` and identifiers a leading `-` leaves those out; \
      `locked=true` lists who is locked now.",
    ),
    ("GetUsersCount", "How many users a filter of `GetUserList` finds."),
    (
        "CreateUser",
        "A user whose addresses count as proved, because the tenant's server names them. Takes over the \
      count and lock of whoever tried these identifiers before.",
    ),
    (
        "UpdateUser",
        "Changes a user in one step: all of it or nothing. `null` takes away; what is not named stays.",
    ),
    (
        "DeleteUser",
        "Deletes a user and ends their sessions. Their count and lock stay with the identifiers.",
    ),
    ("UpdateUserMetadata", "Merges into the metadata; `null` takes a member away."),
    ("ReplaceUserMetadata", "Replaces the metadata that is named."),
    ("LockUser", "Locks a user for the policy's `manual_lock_duration`. Sessions stay."),
    ("UnlockUser", "Ends every lock of a user and forgets the count."),
    ("BanUser", "Bans a user and ends their sessions."),
    ("UnbanUser", "Lets a banned user sign in again."),
    (
        "GetSessionList",
        "Sessions by filter; with `paginated=true` a page with the total count, else an array.",
    ),
    ("RevokeSession", "Ends a session. One that has ended already stays as it is."),
    ("GetClientList", "Clients; with `paginated=true` a page with the total count, else an array."),
    ("VerifyClient", "The client whose live session a session token names."),
    (
        "CreateTestingToken",
        "What Clerk's test helper wants to have before a run; it opens nothing.",
    ),
];
