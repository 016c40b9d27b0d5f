### The policy screen of the console.

console-entry-policy = Policy
policy-title = Lockout policy
policy-live = Version { $version } is live, saved { $time } by { $author }.
policy-saved = Version { $version } is live. Locks that stand stay as they are.
policy-go-back = Go back to version { $version }
policy-spared = { $count ->
    [one] { $count } account stays locked that this policy would have left open by now.
   *[other] { $count } accounts stay locked that this policy would have left open by now.
}
policy-spared-more = { $count } or more accounts stay locked that this policy would have left open by now.
policy-spared-link = Unlock them
policy-draft-pill = Draft, not saved
policy-nothing = This is the live policy already. There is nothing to change.
policy-conflict = Version { $version } was saved while you worked. Your draft is compared with it below; nothing of yours was saved yet.
policy-rules = Rules
policy-presets = Start from
policy-preset-relaxed = Relaxed
policy-preset-balanced = Balanced
policy-preset-strict = Strict
policy-preset-clerk = Clerk
policy-preset-authgear = Authgear
policy-changed = changed
policy-on = on
policy-off = off

policy-group-threshold = When it locks
policy-enabled = Lock accounts after failed attempts
policy-max-attempts = Lock after
policy-unit-failures = failed attempts
policy-history = Forget after
policy-unit-history = without failures
policy-long-run = Long-run limit
policy-unit-long-run = failures in a row of locks, then reset only; 0 is off
policy-group-duration = How long
policy-length-hint = Such as 90s, 15m, 2h, 7d, or until unlocked.
policy-milliseconds = { $count ->
    [one] { $count } millisecond
   *[other] { $count } milliseconds
}
policy-echo-factor = { $factor } times as long as the one before
policy-echo-factor-one = as long as the one before
policy-minimum = First lock
policy-factor = Each next ×
policy-maximum = Longest
policy-manual = Locks by staff
policy-count = After a lock has ended
policy-count-kept = one failure locks again
policy-count-fresh = all tries again
policy-type = What is locked
policy-type-user = the account
policy-type-source = the account, for one source
policy-authenticators = Failures that count
policy-auth-password = Password
policy-auth-code = E-mail or phone code
policy-auth-app = Authenticator app
policy-auth-recovery = Recovery code
policy-group-back = Way back in
policy-unlock-mail = Send an unlock mail
policy-link = Link works for
policy-unlocks = Unlocks by mail a day
policy-known-devices = A browser that has signed in before keeps a count and a lock of its own
policy-repeats = Do not count the same wrong password twice
policy-preview = Update preview

policy-says = What it does
policy-says-off = Lockout is off: accounts are never locked.
policy-says-first = { $tries ->
    [one] After { $tries } failed attempt the account is locked for { $length }.
   *[other] After { $tries } failed attempts the account is locked for { $length }.
}
policy-says-endless = { $tries ->
    [one] After { $tries } failed attempt the account is locked until it is unlocked by mail, by a reset or by staff.
   *[other] After { $tries } failed attempts the account is locked until it is unlocked by mail, by a reset or by staff.
}
policy-says-next = { $between ->
    [one] Each further failure locks it again: { $lengths }, at most { $longest }.
   *[other] Every { $between } further failures lock it again: { $lengths }, at most { $longest }.
}
policy-says-long-run = After { $count } failures it stays locked until the password is reset or staff unlock it.
policy-says-first-source = { $tries ->
    [one] After { $tries } failed attempt from one source the account is locked for that source, for { $length }.
   *[other] After { $tries } failed attempts from one source the account is locked for that source, for { $length }.
}
policy-says-endless-source = { $tries ->
    [one] After { $tries } failed attempt from one source the account is locked for that source until it is unlocked by mail, by a reset or by staff.
   *[other] After { $tries } failed attempts from one source the account is locked for that source until it is unlocked by mail, by a reset or by staff.
}
policy-says-next-source = { $between ->
    [one] Each further failure from there locks it again: { $lengths }, at most { $longest }.
   *[other] Every { $between } further failures from there lock it again: { $lengths }, at most { $longest }.
}
policy-says-long-run-source = After { $count } failures over all sources it stays locked for every source until the password is reset or staff unlock it.
policy-trap-more = How to mend it
policy-preview-faults = This is no policy yet; below is the live one.
policy-trap-off = Lockout is off: guesses are not limited at all.
policy-trap-history = The count is forgotten after { $history }, before the longest lock ({ $longest }) is over. After such a lock everything starts over.
policy-trap-unlimited = { $what } is left out: it can be guessed without limit.
policy-trap-no-way-back = Locks last until somebody unlocks, and the unlock mail is off: every locked user has to write to support.
policy-trap-many = A patient attacker gets { $count } guesses at one account in 24 hours.
policy-trap-many-per-source = A patient attacker gets { $count } guesses at one account in 24 hours from each source.
policy-trap-many-over-all = An attacker with many sources gets up to { $count } guesses at one account in 24 hours: only the long run ends them.
policy-trap-sources = Locks are for one source and there is no long-run limit: each further source has { $count } guesses at one account in 24 hours, without an end.

policy-curve = How long a lock lasts
policy-free = free tries
policy-axis = failed attempt
policy-now = now
policy-draft = your draft
policy-as-table = As a table
policy-budget = Guesses a day on one account
policy-budget-who = patient attacker, worst case
policy-budget-who-source = patient attacker from one source; with many sources more
policy-budget-each = { $guesses } from each source
policy-budget-sources-limit = from each source; over all sources at most { $count }, then the long run ends it
policy-budget-sources-endless = from each source; no limit over many sources
policy-budget-mails = { $unlocks ->
    [one] { $whose }: plus { $bound ->
        [least] at least
       *[most] up to
    } { $count } a day where the owner presses the one unlock mail.
   *[other] { $whose }: plus { $bound ->
        [least] at least
       *[most] up to
    } { $count } a day where the owner presses all { $unlocks } unlock mails.
}
policy-budget-mails-each = { $unlocks ->
    [one] { $whose }: plus { $bound ->
        [least] at least
       *[most] up to
    } { $count } a day from each source where the owner presses the one unlock mail.
   *[other] { $whose }: plus { $bound ->
        [least] at least
       *[most] up to
    } { $count } a day from each source where the owner presses all { $unlocks } unlock mails.
}
policy-budget-now = The live policy allows { $now } guesses a day.
policy-budget-both = The live policy allows { $now } guesses a day, your draft { $draft }.
policy-good = good: 20 to 100
policy-many = over 1,000
policy-no-limit = no limit
policy-whose = Policy
policy-day = 24 hours
policy-week = 7 days
policy-month = 30 days

policy-changes = What changes
policy-reason = Reason for the change
policy-reason-fault = Enter why you change it
policy-save = Save the policy
policy-drop = Drop the draft
policy-locks-stay = Locks that stand stay as they are.
policy-test = Try version { $version } on a test user
policy-test-hint = A test user shows the policy in force, not your draft.
policy-read-only = Your role here is { $role }: you can try a draft, an owner or admin can save it.

policy-fault-max-attempts = Lock after: enter a number from 1 to 1,000
policy-fault-history = Forget after: enter a length from 1s to 365d, such as 24h
policy-fault-minimum = First lock: enter a length from 1s to 365d, such as 1m
policy-fault-factor = Each next ×: enter a number from 1 to 1,000, such as 2
policy-fault-maximum = Longest: enter a length that is not shorter than the first lock, such as 1h
policy-fault-authenticators = Failures that count: choose at least one
policy-fault-manual = Locks by staff: enter a length from 1s to 365d, such as 1h
policy-fault-long-run = Long-run limit: enter a number up to 10,000; 0 is off
policy-fault-link = Link works for: enter a length such as 24h
policy-fault-unlocks = Unlocks by mail a day: enter a number from 1 to 100
policy-fault-choice = Choose one of the two

policy-replay-week = Replay the last 7 days
policy-replay-month = Replay the last 30 days
