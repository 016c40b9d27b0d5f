### Users: the list, one user, what is done to them.

console-entry-users = Users
users-counted = { $count ->
    [0] There are none yet.
    [one] One user.
   *[other] { $count } users, the newest first.
}
users-counted-more = More than { $count } users, the newest first.
users-searched = Users with a name that begins with “{ $words }”.
users-which = Which users
users-all = All
users-banned = Banned
users-locked = Locked
users-new-button = New user
users-none-title = No users yet
users-none = They come by sign-up, by your server, by an import, or you make one here.
users-none-such = No such user
users-show-all = Show all users
users-time = since { $made }, never signed in
users-times = since { $made }, last sign-in { $seen }
users-pages = More users

user-new-title = New user
user-new-what = One of the three names is needed. What you enter counts as proved.
user-email = E-mail address
user-phone = Phone number
user-phone-hint = With its country code, such as +43 660 1234567
user-username = Username
user-first-name = First name
user-last-name = Last name
user-password = Password
user-password-hint = At least 8 characters. Left empty, they set one by “forgot password”.
user-make-button = Make user
user-stop-button = Change nothing
user-new-no-name = Enter an address, a phone number or a username
user-new-email-fault = Enter an e-mail address such as alex@example.com
user-new-phone-fault = Enter a phone number with its country code
user-new-name-fault = Enter a username without @ that does not begin with +
user-new-taken = Somebody has one of these names. Search for it in the list
user-did-make = The user is made.

user-banned = Banned
user-names = Signs in with
user-no-names = Nothing: only your server can sign this user in.
user-primary = primary
user-proved = proved
user-unproved = not proved
user-for-second = for the second factor
user-undeliverable = mail comes back since { $time }
user-factors = Proves it by
user-has-password = A password
user-has-app = An authenticator app
user-has-phone = A code by phone
user-has-codes = Recovery codes
user-devices = { $count ->
    [0] No known device
    [one] One known device
   *[other] { $count } known devices
}
user-factor-link = Take the second factor away…
user-story = Locks explained
user-day-title = The last 24 hours
user-day = { $failures ->
    [one] One counted failure
   *[other] { $failures } counted failures
}, { $locks ->
    [one] one lock
   *[other] { $locks } locks
}, { $sign_ins ->
    [one] one sign-in
   *[other] { $sign_ins } sign-ins
}.
user-sessions = Signed in now
user-no-sessions = Nowhere
user-session = since { $began }, last seen { $seen }
user-sign-out-link = Sign out everywhere…
user-no-mails = Nothing of late
user-requests = Requests for help
user-no-requests = None
user-deeds = What you can do
user-edit-button = Change…
user-edit-title = Change { $name }
user-edit-profile = Profile
user-external-id = Your own id
user-external-hint = What your system calls this user
user-external-taken = Another user has this id
user-no-locale = The tenant’s
user-save-button = Save
user-did-edit = The user is changed.

user-name-primary = Make primary
user-name-prove = Mark as proved
user-name-remove = Remove
user-name-proved = Counts as proved
user-name-add-hint = Not proved, it waits, and nobody signs in with it, until they prove it or you mark it so.
user-name-taken = Another user has it. Search for it in the list
user-name-theirs = This user has it already
user-name-too-many = Ten wait to be proved already. Remove one first
user-name-claimed = Another user has proved it. Remove it here
user-email-add = Another e-mail address
user-email-add-button = Add address
user-phone-add = Another phone number
user-phone-add-button = Add number
user-username-first = Give them a username
user-username-other = Another username
user-username-hint = It takes the place of the one before.
user-username-button = Save username
user-did-name = The name is added.
user-did-name-claim = The name is added. It waits to be proved.
user-did-username = The username is saved.
user-did-primary = The name is primary now.
user-did-prove = The name is marked as proved.
user-did-name-remove = The name is removed.
user-name-remove-question = Remove { $value }?
user-name-remove-effect = They cannot sign in with it any more. It is free again, and a lock stays on it. Open sessions go on.
user-name-remove-claim = It waits to be proved; nobody signs in with it.
user-name-remove-last = They have no other way to sign in.
user-name-remove-last-next = Add another name first, or leave it to your server to sign them in.

user-password-first = Set a password
user-password-other = Set another password
user-password-what = The one before opens nothing from then on. A lock stays as it is.
user-password-sign-out = Sign out everywhere
user-password-button = Set password
user-did-password = The password is set.
user-did-password-out = The password is set, and all sessions are ended.

user-ban = Ban
user-ban-question = Ban { $name }?
user-ban-effect = They are signed out everywhere and cannot sign in until the ban is lifted. A ban has no end of its own.
user-did-ban = The user is banned.
user-lift = Lift the ban
user-lift-question = Lift the ban of { $name }?
user-lift-effect = They can sign in again. A lock that stands stays.
user-did-lift = The ban is lifted.
user-sign-out = Sign out everywhere
user-sign-out-question = Sign { $name } out everywhere?
user-sign-out-effect = All open sessions end now. They can sign in again.
user-did-sign-out = All sessions are ended.
user-factor-yes = Take it away
user-factor-question = Take the second factor of { $name } away?
user-factor-effect = App, recovery codes and the phone for codes are forgotten: from now on the first factor is enough. Do it only for somebody whose identity you have checked.
user-did-factor = The second factor is taken away.
user-delete = Delete
user-delete-question = Delete { $name }?
user-delete-effect = This cannot be undone. Sessions end, names are free again, and a lock stays on them.
user-did-delete = The user is deleted.
