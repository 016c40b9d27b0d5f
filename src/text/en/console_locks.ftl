### Locks: the list, unlocking many, one account's story, locks by hand.

console-entry-locks = Locks
live-pause-button = Pause the list
locks-counted = { $count ->
    [0] Nobody is locked.
    [one] One lock.
   *[other] { $count } locks, the one that ends next first.
}
locks-counted-more = More than { $count } locks, the one that ends next first.
locks-searched = Locks of names that begin with “{ $words }”.
locks-search = Beginning of an address, number or name
locks-by-kind = By what locked
locks-by-end = By when it ends
locks-all = All
locks-automatic = Automatic
locks-long-run = Long run
locks-staff = By staff
locks-source = One source
locks-source-lock = One source
locks-ends-whenever = Any end
locks-ends-hour = Within an hour
locks-ends-day = Within a day
locks-ends-never = Until unlocked
locks-none-such = No such lock
locks-show-all = Show all locks
locks-since = since { $time }
locks-choose = Choose { $name }
locks-unlock-button = Unlock the chosen…
locks-unlock-all-button = Unlock all of these…
locks-pages = More locks

deed-reason-hint = Written to the audit log.
many-unlock-chosen = { $count ->
    [one] Unlock this account?
   *[other] Unlock these { $count } accounts?
}
many-lock-chosen = { $count ->
    [one] Lock this account again?
   *[other] Lock these { $count } accounts again?
}
many-unlock-counted = Unlock all that the list shows ({ $count })?
many-unlock-all = Unlock all that the search finds?
many-unlock-spared = { $count ->
    [one] Unlock the account that this policy would not have locked?
   *[other] Unlock the { $count } accounts that this policy would not have locked?
}
many-unlock-spared-more = Unlock { $count } or more accounts that this policy would not have locked?
many-effect-spared = As their counts say, the policy in force would not have locked them, or not for so long. Counts and steps start over, and the owners are told by mail. Accounts that staff locked stay locked.
many-effect = Their counts and steps start over, and their owners are told by mail. You can lock them again afterwards.
many-effect-lock = Staff lock them for as long as the policy says for a lock by hand.
many-effect-all = 500 at a time. Counts and steps start over, and the owners are told by mail. Accounts that staff locked stay locked, unless the list shows those only.
many-yes = Unlock
many-yes-lock = Lock again
many-no = Keep them locked
many-no-lock = Leave them unlocked
many-done = { $count ->
    [0] No account was unlocked.
    [one] One account is unlocked.
   *[other] { $count } accounts are unlocked.
}
many-done-left = { $count ->
    [one] One was not locked any more.
   *[other] { $count } were not locked any more.
}
many-did-lock = { $count ->
    [one] One account is locked again.
   *[other] { $count } accounts are locked again.
}
many-lock-again = Lock them again
many-step-title = There are more
many-so-far = { $count ->
    [one] One account is unlocked so far.
   *[other] { $count } accounts are unlocked so far.
}
many-step = The next 500 are unlocked by the same reason. You can stop here and go on from the list at any time.
many-go-on-button = Unlock the next 500
many-stop-button = Stop here
many-left = Left as they are
many-skip-staff = locked by staff
many-skip-another = another lock stands
many-skip-not-locked = not locked any more
many-skip-gone = deleted meanwhile

story-why-is = Why is { $name } locked?
story-why-was = Why was { $name } locked?
story-what = What was tried at { $name }
story-user = Everything about this user
story-verdict = How it stands
story-lock-button = Lock…
story-happened = What happened
story-drawn = The same as a drawing
story-drawing = { $failures } counted failures, { $locks } locks, { $mails } mails
story-now = now
story-legend = Tick: a counted failure, split for a code, dotted for an app, short for a recovery code. Box: locked. Envelope: mail. Ring: unlocked. Triangle: signed in.
story-none = Nothing was tried
story-none-text = Attempts are kept for 30 days.
story-time = Time
story-with = Tried with
story-result = Result
story-count = Count
story-caused = What it caused
story-from = From
story-same = same
story-password = password
story-code = code by mail or phone
story-app = authenticator app
story-recovery-code = recovery code
story-other-secret = another proof
story-known-device = known device
story-grace-pass = after the unlock link
story-locked = Locked { $length }, until { $time }
story-locked-endless = Locked until unlocked
story-campaign = by an attack
story-version = policy version { $version }
story-refused = { $count ->
    [one] One try refused, not checked
   *[other] { $count } tries refused, not checked
}
story-refused-until = { $tries }, until { $time }
story-addresses = { $count ->
    [one] One address
   *[other] { $count } addresses
}
story-cut = Before { $time } more is on record than is shown here: refused tries, mails and what was done may be missing.
story-mail-deferred = tried, and to be tried again
story-mail-bounced = came back
story-mail-opened = its link was opened
story-deed-locked = Locked by { $who } until { $until }
story-deed-locked-endless = Locked by { $who }, { $until }
story-deed-unlocked = Unlocked by { $who }
story-deed-by-mail = Unlocked by the mail
story-deed-reset = Unlocked by a new password
story-deed-mail = { $who } had an unlock mail sent
story-deed-created = Made by { $who }
story-deed-changed = Changed by { $who }
story-deed-banned = Banned by { $who }
story-deed-ban-lifted = The ban was lifted by { $who }
story-deed-sessions = Signed out everywhere by { $who }
story-deed-factor = The second factor was taken away by { $who }
story-deed-password = A new password was set by { $who }
story-deed-other = Something was noted by { $who }
story-by-attempts = failed attempts
story-by-owner = the owner
story-by-server = the tenant’s server
story-by-command = the command line
story-by-staff = staff
story-pages = Earlier and later attempts
story-newest-button = Newest attempts
story-older-button = Earlier attempts
story-episodes = Its locks and how they ended
story-episodes-page = Locks of this time and how they ended
story-locks-cut = Only locks since { $time } are listed here.
story-locks-cut-older = Only locks since { $time } are listed here; those before stand with the earlier attempts.
story-lock-began = Locked by { $who } at { $time }
story-lock-device = One device
story-end-stands = Stands until { $time }
story-end-stands-endless = Stands until it is unlocked
story-end-itself = Ended by itself at { $time }
story-end-mail = Unlocked by the mail at { $time }
story-end-reset = Unlocked by a new password at { $time }
story-end-by = Unlocked by { $who } at { $time }
story-end-longer = Replaced by a longer one at { $time }
story-end-moved = Given another end at { $time }
story-end-unknown = How it ended is not known here: too much was noted since
story-did-mail = The unlock mail is on its way.
story-did-mail-held = No mail was sent: one went out less than 10 minutes ago, or five today, or no link would end this lock.
story-did-no-address = No mail was sent: the account has no address that is proved.
story-back = Why it is locked

lock-question = Lock { $name }?
unlock-question = Unlock { $name }?
lock-effect = Nobody can sign in to the account until the end, also with the right password; open sessions stay. Only staff can end it early.
unlock-effect = Every lock of the account ends now, also one by staff. Its count and steps start over, and the owner is told by mail.
lock-duration = How long
lock-duration-hint = Such as 30m, 2h, 3d or “until unlocked”. Left empty: { $length }, as the policy says.
lock-duration-fault = Enter a length from 1s to 365d, such as 2h
lock-yes = Lock the account
lock-no = Leave it open
unlock-no = Keep it locked
lock-did = The account is locked.
unlock-did = The account is unlocked.
