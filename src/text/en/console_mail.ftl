### Test mails and the console's page about mail.

console-entry-mail = Mail
mailed-test = Test mail
mailed-claim = Address claimed

## Server
mail-server = Mail server
mail-server-own = Mails leave by your own mail server.
mail-server-house = Mails leave by the operator’s mail server. Set your own to send from an address of yours.
mail-check-fine = Took the last test mail
mail-check-failed = Last test mail
mail-host = Host
mail-host-hint = For example smtp.example.com. It must not be in a private network.
mail-port = Port
mail-port-hint = Left empty: 587 with STARTTLS, 465 with TLS.
mail-security = Protection of the connection
mail-starttls = STARTTLS
mail-tls = TLS from the start
mail-plain = None (development only)
mail-username = User name
mail-password = Password
mail-password-hint = Kept sealed and never shown.
mail-password-kept = One is kept. Left empty, it stays; it must be given again where host, port, protection or user name change.
mail-from = Sender address
mail-from-hint = What your mails come from, such as no-reply@example.com. What comes back undelivered goes there.
mail-save = Save
mail-remove = Remove the server
mail-saved = The mail server is saved. Send a test mail to see whether it takes mail.
mail-removed = Mails leave by the operator’s mail server again.
mail-test-to = A test mail goes to { $address }. Five can be sent within an hour.
mail-test-send = Send a test mail
mail-tested = The test mail to { $address } is on its way.
mail-test-failed = The test mail was not taken. { $answer }
mail-test-enough = Five test mails were sent within the hour. Try again later.

## Keys
mail-keys = Signature (DKIM)
mail-keys-none = Mails leave without a signature. With a key and its record in your DNS, other mail servers can tell that a mail is yours.
mail-keys-sign = Mails are signed for { $domain }. This TXT record must stand in its DNS:
mail-keys-other = The keys are for { $domain }, but the sender address is of another domain: nothing is signed.
mail-keys-next = Next key
mail-keys-next-what = It signs nothing yet. Publish its record, wait until it can be seen everywhere, then use it.
mail-keys-make = Make a key
mail-keys-use = Use the next key
mail-keys-drop = Remove the keys
mail-record-name = Name
mail-record-value = Value, in its pieces
mail-key-signs = The key is made and signs from now on. Publish its record.
mail-key-waits = The next key is made. The present one goes on signing.
mail-key-too-soon = A key was made a moment ago. Try again in a second.
mail-key-used = The next key signs from now on. Leave the old record in the DNS for some days.
mail-keys-dropped = The keys are removed. Mails leave without a signature.

## Deliveries
mail-deliveries = Deliveries
mail-tabs = Which deliveries
mail-tab-all = All
mail-tab-waiting = Waiting
mail-tab-undelivered = Not delivered
mail-none = No mails here
mail-column-what = Mail
mail-column-state = State
mail-column-opened = Link page opened
mail-column-written = Written
mail-is-queued = Queued
mail-is-deferred = Tried, tried again later
mail-is-accepted = Accepted
mail-is-bounced = Came back
mail-is-undeliverable = Given up
mail-is-dropped = No longer wanted
mail-is-held = Held back
mail-opened-what = A link page may also be opened by a scanner.
mail-pages = Pages of deliveries
mail-first = Newest
mail-next = Older
mail-addresses = Addresses without a mailbox
mail-address-pages = Pages of addresses
mail-column-address = Address
mail-column-why = What the mail server said
mail-column-since = Since

## Previews
mail-looks = What mails look like
mail-looks-what = Made-up facts in your own name and colour. Links lead nowhere.
mail-looks-topic = Mail
mail-looks-language = Language
mail-looks-as = Shown as
mail-look-light = Light
mail-look-dark = Dark
mail-look-plain = Plain text
mail-looks-show = Show

mail-test-title = Test mail of { $tenant }
mail-test-what = This mail shows that mail arrives. There is nothing to do.
mail-test-house = It left by the mail server of the operator.
mail-test-own = It left by the mail server set for { $tenant }.
mail-test-when = Sent at { $time }{ $utc }.
mail-test-why = Sent because somebody asked for a test mail.
