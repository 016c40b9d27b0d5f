### The pages of one's own account.

account-back = Back to your account
account-password = Change the password
account-password-first = Set a password
account-app-on = On
account-app-off = Off
account-done-password = Your password is changed.
account-done-app-on = The authenticator app is on. From now on signing in asks for its code.
account-done-app-off = The authenticator app is off, and its recovery codes are gone.
account-done-device = That device is signed out.
account-done-others = All other devices are signed out.
account-done-language = Saved.
account-done-forgotten = That browser is forgotten.
account-done-forgotten-others = All other browsers are forgotten.
account-done-forgotten-all = All browsers are forgotten.

## The present password
present-title = Confirm that it is you
present-what = Before you change how <b>{ $who }</b> signs in, enter the password once more.
present-again = Before you change how <b>{ $who }</b> signs in, sign out and sign in once more.
present-field = Present password
present-fault-missing = Enter the present password
present-fault-wrong = The present password is not right

## Authenticator app
app-title = Authenticator app
app-since = on since <b>{ $time }</b>
app-on-what = Signing in asks for a code of the app after the password.
app-off-what = A code that changes every 30 seconds keeps out whoever only knows the password.
app-begin-button = Set up an app
app-replace-title = A new phone?
app-replace-what = The app that you have now counts until the new one is confirmed.
app-replace-button = Set up another app
app-remove-title = Remove the app
app-remove-what = Then the password alone is enough to sign in, and the recovery codes are gone.
app-remove-button = Remove the app
app-set-up-title = Set up an app
app-set-up-what = Scan the picture with an authenticator app on your phone, then type the code that the app shows.
app-qr = QR code that holds the key of the app
app-open = Open it in an app on this device
app-secret = Or type this key into the app
app-secret-once = It is shown only once.
app-confirm-hint = Six digits. They show that the app has the right key.
app-confirm-button = Turn it on
app-cancel = Leave everything as it is
app-start-again-title = Is the key not in the app?
app-start-again-what = This key does not count any more.
app-start-again-button = Start again

## Recovery codes
recovery-title = Recovery codes
recovery-what = Each of them stands in once for a code of the app, should the phone be lost.
recovery-some = You have codes that are not used yet. New ones replace them.
recovery-none = You have none.
recovery-button = Make ten new codes
recovery-back = Back to the app
recovery-new-title = Your recovery codes
recovery-new-what = Print them or keep them in a safe place, not on the phone with the app.
recovery-once = They are shown only once. Each works once.
recovery-kept-button = I have kept them

## Sessions
sessions-title = Signed-in devices
sessions-what = Where your account is signed in now.
sessions-here = This device
sessions-from = From { $place }
sessions-somewhere = Another device
sessions-began = Signed in at { $time }.
sessions-began-password = Signed in at { $time }, with the password.
sessions-began-code = Signed in at { $time }, with a mailed code.
sessions-used = Last used at { $time }.
sessions-button = Sign out all others

## Known browsers
devices-title = Known browsers
devices-what = Browsers that have signed in to your account before. While the attempts of others lock your account, these can still sign in.
devices-none = No browser is known yet. One becomes known when it signs in.
devices-here = This browser
devices-browser-on = { $browser } on { $system }
devices-some-on = A browser on { $system }
devices-some = A browser
devices-used = Last signed in at { $time }.
devices-used-from = Last signed in at { $time }, from { $place }.
devices-button = Forget it
devices-button-others = Forget all others
devices-button-all = Forget all
devices-after = Forgetting a browser signs nobody out.

## Language
language-title = Language and time zone
language-what = For your pages and for the mails that you get.
language-field = Language
language-zone = Time zone
language-zone-hint = A place such as Europe/Vienna, or UTC.
language-fault-zone = Enter a time zone such as Europe/Vienna
language-button = Save
