### The time machine of the console.

replay-title = { $days ->
    [one] The last day under your draft
   *[other] The last { $days } days under your draft
}
replay-tries = { $count ->
    [one] { $count } recorded try, { $unknown } of them never checked.
   *[other] { $count } recorded tries, { $unknown } of them never checked.
}
replay-since = Measured since { $time }.
replay-shortened = There is more on record than one replay reads, so it begins later than you asked.
replay-back = Back to the draft
replay-measures = What would have been different
replay-measure = Measure
replay-now = now
replay-draft = your draft
replay-change = Change
replay-could-be = Could be
replay-range = { $low } to { $high }
replay-certain = certain
replay-likely-range = { $likely } ({ $low } to { $high })
replay-same = same
replay-owners = Owners kept out
replay-wait = Their waiting time
replay-wait-split = Each day has the part of a wait that lies in it: one that goes over midnight (UTC) is split.
replay-locked = Accounts locked
replay-locks = Locks
replay-guesses = Guesses by others
replay-mails = Unlock mails
replay-honest = A try that the live policy refused was never checked, so nobody knows if it was right. The figures take it as right where the same source signed in within a day, else as wrong; “could be” is what every other answer would make of it. People would have acted otherwise, too: that is on no record.
replay-widened = { $count ->
    [one] Of { $count } account only the bounds are known.
   *[other] Of { $count } accounts only the bounds are known.
}
replay-days = Owners and others by day
replay-day = Day
replay-days-summary = { $what }: { $now } under the live policy and { $draft } under the draft, on the day with the most.
replay-as-table = As a table
replay-accounts = Accounts that differ most
replay-account = Account
replay-met = Who met a lock
replay-met-both = the owner, under both
replay-met-now = the owner, only now
replay-met-draft = the owner, only under your draft
replay-met-perhaps = perhaps the owner
replay-met-others = others only
replay-account-now = Locks now
replay-account-draft = Locks under the draft
replay-account-title = { $name } under your draft
replay-account-story = The whole story of its locks
replay-account-tries = Try by try
replay-account-shown = The newest { $count } lines of more.
replay-account-cut = More is on record of this account than is read for one page. What it counted before that is not known here, so the first lines may differ from the replay.
replay-account-recorded = As it was
replay-account-would = Under your draft
replay-account-differs = differs
replay-account-honest = What was refused was never checked. It is taken here as in the likely figures: as right where the same source signed in within a day, else as wrong.
replay-locks-now = Locks as they were
replay-locks-draft = Locks under your draft
replay-no-locks = None in this time.
replay-lock = { $begin } to { $end } ({ $length })
replay-lock-lifted = { $begin } to { $end }, lifted
replay-lock-endless = Since { $begin }, until unlocked
replay-lock-source = one source
replay-deed-locked = Locked by staff
replay-deed-unlocked = Unlocked by staff
replay-deed-by-mail = Unlocked from a mail
replay-deed-reset = Unlocked by a new password
replay-end-unlocked = somebody unlocks it
replay-became-refused = Refused, locked until { $end }
replay-became-locked = Counted, and locked until { $end }
replay-became-then-locked = locked until { $end }
replay-became-both = { $first }, then { $then }
replay-became-counted = { $count ->
    [0] Counted, none left
   *[other] Counted, { $count } left
}
replay-became-checked = { $count ->
    [one] { $count } checked
   *[other] { $count } checked
}
replay-became-lifted = What stood is lifted
replay-became-nothing = Changes nothing
replay-none-title = Nothing is on record yet
replay-none = There was no try to sign in at any account in these days. Come back when there was.
replay-no-difference = No account would have had another number of locks.
replay-under-way-title = The replay is under way
replay-reading = { $count ->
    [one] { $count } try read so far.
   *[other] { $count } tries read so far.
}
replay-deciding = { $done } of { $of } decided.
replay-waiting-title = Other replays are running
replay-waiting = They take seconds, not minutes. Check again.
replay-failed-title = The replay could not be finished
replay-failed = The record could not be read. Nothing was changed; try again.
replay-check = Check again

replay-card-no-draft = Change a rule, and this shows what it would have done.
replay-card-faults = What is no policy yet cannot be replayed.
replay-card-not-yet = Not replayed yet.
replay-card-nothing = No try to sign in at any account is on record in these days.
replay-card-under-way = There is much on record, so this takes a moment.
replay-card-waiting = Other replays are running. They take seconds, then it is this one’s turn.
replay-card-failed = The record could not be read. Nothing was changed; try the replay’s own page.
replay-card-range = “Could be” is what every other answer to tries that were never checked would make of it.
