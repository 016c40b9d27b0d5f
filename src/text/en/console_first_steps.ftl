### The first steps of a tenant, and a lock tried out.

first-title = First ten minutes
first-brand = Give your pages and mails your colour, logo and words
first-mail = Send yourself a test mail, from the sender that your users will see
first-key = Let your server in with a secret key
first-app = Name your app’s addresses
first-app-link = Settings
first-policy = Choose what a lock is like
first-policy-link = Lockout policy
first-lock = Lock a test user and see what its owner meets
first-lock-link = Lock a test user now
first-users = Bring your users: make them here, take them in from a file, or let your server make them
first-done = done
first-open = to do

test-lock-title = Lock a test user
test-lock-what = A user is made for it and locked by wrong passwords, along the way of every real attempt. No other account is touched.
test-lock-address = E-mail address
test-lock-hint = The unlock mail goes there.
test-lock-do = Lock it now
test-lock-now = Now
test-lock-open = open again
test-lock-tries = Attempts on record
test-lock-mail = Unlock mail
test-lock-mail-due = on its way, since
test-lock-mail-sent = sent, asked for
test-lock-mail-failed = could not be delivered, asked for
test-lock-mail-held = not sent, because of the pause between two mails; asked for
test-lock-mail-none = none
test-lock-see = See what its owner meets
test-lock-no-address = E-mail address: enter one such as test@example.com
test-lock-taken = E-mail address: an account has it that was not made for this. Choose another one.
test-lock-off = Lockout is off, so nobody is locked. Switch it on first.
test-lock-uncounted = The policy does not count passwords, so wrong ones lock nobody.
test-lock-too-many = The policy locks after { $tries } attempts; at most { $most } are made here.
