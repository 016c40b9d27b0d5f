### The console's frame, and the pages before a tenant is chosen.

console-title-error = Error: { $page }
console-skip = Skip to the content
console-menu = Menu
console-pages = Pages
console-set-up = Set up
console-tenants = Your other tenants
console-sign-out = Sign out
console-me-link = Your settings
console-who = { $name }, { $role }
console-role-owner = owner
console-role-admin = admin
console-role-support = support
console-role-auditor = auditor
console-as-of = As of { $clock }
console-until = { $time }, { $wait }
console-until-unlocked = until unlocked
console-more-than = more than { $count }
console-waits-more = { $count }+
console-button-home = Open the console
console-button-sign-in = Sign in

console-entry-overview = Overview
console-figure-locked = Locked now
console-figure-users = Users
console-figure-requests = Open requests for help
kept-out-week = In the last 7 days
kept-out-none = Nobody was locked in these days.
kept-out-locked = People who were locked
kept-out-owners = Of them, owners kept out
kept-out-share = Share
kept-out-percent = { $count } %
kept-out-honest = An owner is kept out by a lock that their own try made or that refused them. As in a replay, a try is its owner’s where the same source or device signed in within a day.
kept-out-open =
    { $count ->
        [one] Of { $count } person it is not known yet.
       *[other] Of { $count } people it is not known yet.
    }
kept-out-counted = Counted are the newest { $count }.
kept-out-replay = Try a milder policy on the record
kept-out-when = When their locks began
kept-out-summary =
    { $count ->
        [one] { $count } lock kept its owner out in 28 days, on { $day } after { $hour }.
       *[other] { $count } locks kept their owners out in 28 days, most often on { $day } after { $hour } ({ $most }).
    }
kept-out-drawn = Drawn are the newest { $count }.
kept-out-weekday = Day
kept-out-hour = From
kept-out-day = { $day ->
    [0] Mon
    [1] Tue
    [2] Wed
    [3] Thu
    [4] Fri
    [5] Sat
   *[other] Sun
}
console-locks-title = Locks that end next
console-locks-first = the first { $count }
console-locks-all = All locks
console-locks-none-title = Nobody is locked
console-locks-none = A lock appears here as soon as it begins.
console-column-user = User
console-column-state = State
console-column-ends = Ends
console-lock-automatic = Locked
console-lock-staff = Staff lock
console-lock-long-run = Long-run lock

console-hall-title = Choose a tenant
console-hall-none-title = You work for no tenant
console-hall-none = An owner can invite you by a link.
console-nobody-title = Nobody works here yet
console-nobody = The console’s first owner is let in by a link. This command prints one on the server:
console-over-title = This link opens nothing
console-over = It was used, its day is over, or it was copied in part. Whoever gave it to you can make a new one.

console-welcome-title = Join the team
console-welcome-tenant = You are invited to work in the console of { $tenant }. Your role: { $role }.
console-welcome-everywhere = You are invited to work in the console of this whole server. Your role: { $role }.
console-welcome-as = You are signed in as { $name }.
console-welcome-name = Your name
console-welcome-address-hint = You sign in with it, and unlock mails go there.
console-welcome-password-hint = At least 8 characters
console-welcome-no-name = Enter your name
console-welcome-short-password = Enter a password of at least 8 characters
console-welcome-name-taken = There is an account with this address. Sign in, then open the link again
console-welcome-have-one = You have an account here? Sign in first, then open the link again.
console-button-join = Join the team
console-button-account = Create your account

console-me-title = Your settings
console-me-idle = After { $wait } without a click you sign in again.
console-me-scheme = Colours
console-me-zone = Time zone
console-me-zone-hint = A name such as Europe/Vienna. Left empty, times are in UTC.
console-me-zone-fault = Enter a time zone such as Europe/Vienna
console-me-keys = Keys
console-me-keys-hint = One key alone opens a list, finds the search or goes from line to line. Press ? on any page to see them.
console-me-keys-on = Single keys do something
console-me-save = Save your settings
console-me-saved = Your settings are saved.
console-scheme-system = As the device
console-scheme-light = Light
console-scheme-dark = Dark

keys-title = Keyboard
keys-search = Go to the search
keys-next = Go to the next line of a list
keys-previous = Go to the line before
keys-answer = Write an answer
keys-unlock = Go to “Send unlock mail”
keys-these = See these keys
keys-off = Single keys can be switched off:
keys-close = Close

leaving-idle = You will be signed out within ten minutes, because nothing was done here for long. What you have typed on this page and not sent would be lost.
leaving-stay = Stay signed in
leaving-whatever = Your session ends within ten minutes, whatever you do. Send what you have typed, then sign in again.
leaving-over = You are signed out. Copy what you have typed and not sent, then sign in again.
leaving-sign-in = Sign in

console-fault-not-found-title = There is no such page
console-fault-not-found = There is no such page, or it is not one of yours.
console-fault-wrong-method-title = That does not work here
console-fault-wrong-method = The page was asked for in a way that it does not know.
console-fault-role-title = Your role does not allow it
console-fault-role = Your role here is { $role }. An owner can give you another.
console-fault-second-title = A second factor is needed
console-fault-second = This tenant asks it of everybody who works in its console. Set one up for your account, then sign out and in again with it.
console-fault-other-site-title = The form came from another site
console-fault-other-site = Nothing was changed. Open the page here and send it again.
console-fault-old-form-title = The form is from before
console-fault-old-form = It was made before you signed in this time. Nothing was changed. Open the page again.
console-fault-bad-form-title = The form could not be read
console-fault-bad-form = Nothing was changed. Open the page again.
console-fault-too-large-title = That is too long
console-fault-too-large = Nothing was changed. Send less at once.
console-fault-unavailable-title = Not possible right now
console-fault-unavailable = Nothing was changed. Try again in a moment.
