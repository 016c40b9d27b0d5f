### The audit log.

console-entry-audit = Audit log
audit-order = The newest fact stands first.
audit-csv = Download CSV
audit-json = Download JSON
audit-filter = Which facts
audit-filter-button = Show these
audit-filter-end = Show all again
audit-actor = Who
audit-people = People and servers
audit-attempts = Sign-in attempts
audit-action = What
audit-any = Anything
audit-user = To whom
audit-from = From the day
audit-to = To the day
audit-when = When
audit-about = To whom
audit-told = Details
audit-number = No.
audit-unsealed = not sealed yet
audit-none = Nothing was done yet
audit-none-text = Whatever somebody changes here is written down with its time and its author.
audit-nothing-found = Nothing found
audit-nothing-found-text = No fact fits all of these filters.
audit-pages = More facts
audit-newest = Newest facts
audit-older = Older facts
audit-whole = { $count ->
    [one] The newest fact is as it was sealed.
   *[other] The newest { $count } facts are as they were sealed.
}
audit-waiting = What came in the last minute is sealed next.
audit-keep = Check all of them
audit-keep-why = This command checks the whole log on the server. Keep the line outside of it: with it, nobody can take facts off the end unseen.
audit-broken = The log was changed from outside
audit-broken-next = Somebody has written to the database past Lockkeeper. Check the whole log with “lockkeeper audit verify”, and compare it with a backup.
audit-fact = Fact { $from }
audit-facts = Facts { $from } to { $to }
audit-broken-changed = { $facts }: changed since
audit-broken-missing = { $facts }: taken out
audit-broken-key = { $facts }: sealed with a key that the server does not have
audit-broken-cut-off = { $facts }: taken off the end
audit-broken-head = { $facts }: not what the newest link was made of
audit-broken-beyond = { $facts }: after the newest link, which was moved back
audit-broken-kept = { $facts }: not what was kept outside
