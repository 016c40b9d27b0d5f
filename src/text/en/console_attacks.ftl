### Attacks: the picture, the campaigns, the feed, one campaign.

console-entry-attacks = Attacks
attacks-lag = The picture is three minutes behind.
attacks-none-title = Nothing was tried yet
attacks-none = Sign-ins appear here as they happen, wrong ones in the picture after three minutes.
attacks-stretch = How far back
attacks-day = 24 hours
attacks-week = 7 days
attacks-month = 30 days
attacks-failures = Failed sign-ins
attacks-key-others = All others
attacks-key-locks = Locks
attacks-as-table = Show as a table
attacks-from = From
attacks-failed = Failed
attacks-summary =
    { $count ->
        [one] { $count } failed sign-in
       *[other] { $count } failed sign-ins
    }, { $locks ->
        [one] { $locks } lock
       *[other] { $locks } locks
    } in this time.
attacks-alerts = Mails about attacks
attacks-running = Under attack since { $time }: { $name }.
attacks-look = Look at it
attacks-campaigns = Campaigns
attacks-no-campaign-title = No campaign was found
attacks-no-campaign = What is here looks like people who mistype.
attacks-goes-on = going on
attacks-tries =
    { $count ->
        [one] { $count } try
       *[other] { $count } tries
    }
attacks-locks =
    { $count ->
        [one] { $count } lock
       *[other] { $count } locks
    }
attacks-locks-more = more than { $count } locks
attacks-pages = More campaigns
attacks-spray = Guessing at many accounts from { $from }
attacks-one = Guessing at { $who } from { $from }
attacks-one-nobody = Guessing at a name that nobody has, from { $from }
attacks-distributed = Guessing at many accounts from many networks, most from { $from }
attacks-and-more =
    { $count ->
        [one] { $network } and { $count } more
       *[other] { $network } and { $count } more
    }
attacks-networks = Networks
attacks-network = Network
attacks-small = smaller ones together
attacks-feed = As it happens
attacks-pause = Pause
attacks-go-on = Go on
attacks-again = Check again
attacks-nobody = a name that nobody has
attacks-try-counted = wrong
attacks-try-locked = wrong, locked
attacks-try-refused = refused, locked
attacks-try-uncounted = wrong, not counted
attacks-try-passed = first factor right
attacks-try-verified = right
attacks-try-completed = signed in
attacks-try-banned = right, but banned

attacks-since = Going on since { $from }, last seen { $to }.
attacks-from-to = From { $from } to { $to }.
attacks-figure-tries = Tries
attacks-figure-accounts = Accounts tried
attacks-figure-sources = Addresses
attacks-figure-locks = Locks caused
attacks-accounts =
    { $nobodies ->
        [0] Every name that was tried belongs to somebody.
        [one] Of { $count } names that were tried, { $nobodies } belongs to nobody.
       *[other] Of { $count } names that were tried, { $nobodies } belong to nobody.
    }
attacks-signed-in = Signed in meanwhile, from somewhere new
attacks-signed-in-what = These may be the owners, or somebody who guessed right. Ask them, or end their sessions.
attacks-undo-title = Undo its locks
attacks-undo-what =
    { $count ->
        [one] { $count } lock is the campaign’s and was not undone yet. If it still stands, its user is unlocked; staff locks and later locks stay.
       *[other] { $count } locks are the campaign’s and were not undone yet. Those that still stand end; staff locks and later locks stay.
    }
attacks-reason = Reason
attacks-undo-reason = Locked by an attack: { $campaign }
attacks-reason-hint = It stands in the record of each user
attacks-reason-missing = Enter a reason
attacks-undo = Undo the locks
attacks-undone =
    { $left ->
        [one] { $unlocked } unlocked, { $left } left as it is.
       *[other] { $unlocked } unlocked, { $left } left as they are.
    }
attacks-undone-more =
    { $left ->
        [one] { $unlocked } unlocked, { $left } left as it is. There are more: press again.
       *[other] { $unlocked } unlocked, { $left } left as they are. There are more: press again.
    }
attacks-day-tries = Tries in its last day
attacks-trail-sources = Addresses that tried
attacks-trail-source = Address
attacks-trail-tried = Accounts that were tried
attacks-trail-last = Last try
attacks-trail-more =
    { $count ->
        [one] and { $count } more
       *[other] and { $count } more
    }
attacks-trail-nobodies =
    { $count ->
        [one] a name that nobody has
       *[other] { $count } names that nobody has
    }
attacks-trail-none = Nothing of it is in the log any more. Attempts are kept for 30 days.
attacks-trail-honest = As the log has them, without the tries of people who signed in from the same network.
attacks-trail-cut = Counted in the newest { $count } entries of its time, without the tries of people who signed in from the same network.
attacks-locks-title = Locks that it caused
attacks-locks-first = the newest { $count }
attacks-no-locks-title = It locked nobody
attacks-no-locks = No account had enough failures.
attacks-locked-at = Locked
attacks-lock-stands = not undone
attacks-lock-undone = undone
attacks-lock-over = had ended before
attacks-lock-relocked = locked again since
attacks-lock-gone = user deleted

attacks-funnel = What became of people who were locked
attacks-funnel-none = Nobody was locked in this time.
attacks-funnel-honest = Each person counts once until they have signed in, or for three days. Some wait until the lock ends by itself and sign in without a mail.
attacks-funnel-counted = Counted are the newest { $count }.
attacks-funnel-timed = The median times are those of the newest { $count }.
attacks-took-lock = median { $time } after the lock
attacks-took-step = median { $time } after the step before
attacks-took-message = median { $time } after the message
attacks-took-nothing = at once
attacks-step-locked = Locked
attacks-step-mailed = Unlock mail written
attacks-step-accepted = Taken by their mail server
attacks-step-opened = Link opened
attacks-step-unlocked = Unlocked by it
attacks-step-signed-in = Signed in again
attacks-support = By way of support
attacks-step-asked = Wrote to support
attacks-step-helped = Unlocked by staff after it
