### The steps of a sign-in beside the password.

sign-in-start-again = Please sign in again. It took too long, or the account was changed meanwhile.
button-mail-code = Mail me a code
button-continue = Continue
button-new-code = Mail a new code
button-save-password = Save the password

## Codes by mail
code-ask-title = Sign in with a code
code-ask-what = We mail you a code of six digits that works once.
reset-what = We mail you a code. With it you set a new password, which also ends a lock.
code-password = Use the password instead
code-fault-no-address = Enter the e-mail address of your account: the code is sent there
code-title = Enter the code
code-what = If <b>{ $who }</b> has an account, a mail with a code is on its way. It can take a minute.
code-field = Code from the mail
code-hint = Six digits.
code-hint-until = Six digits. It works until { $time }.
code-missing-title = No mail?
code-missing = Look in the spam folder too.
code-pause = A new code is possible at { $next }.
code-other-address = Use another address
code-fault-missing = Enter the code
code-fault-wrong = The code is not right
code-fault-expired = This code has expired
code-fault-spent = This code was tried too often

## A new password
new-password-what = For <b>{ $who }</b>.
new-password-field = New password
new-password-hint = At least { $count } characters.
new-password-others = Sign out on all other devices
new-password-fault-missing = Enter a new password
new-password-fault-short = Enter a new password of at least { $count } characters
new-password-fault-long = Enter a shorter new password
new-password-fault-same = Enter a new password that differs from the present one

## The second step
second-title = Enter the code of your app
second-what = Open your authenticator app for <b>{ $who }</b>.
second-field = Code from the app
second-hint = Six digits. They change every 30 seconds.
second-to-recovery = Use a recovery code instead
second-to-recovery-text = One of those that you kept when you set up your app.
second-recovery-title = Enter a recovery code
second-recovery-what = One of those that you kept for <b>{ $who }</b>. Each works once.
second-recovery-field = Recovery code
second-to-app = Use the app instead
second-other = Sign in as somebody else

## A link that signs in
ticket-title = Sign in with this link
ticket-what = This link signs you in as <b>{ $who }</b>. It works once.
ticket-not-me-title = If that is not you
ticket-not-me = Close this page. Nothing happens before you press the button.
ticket-dead-forged = It may have been cut off on its way. Copy the whole link.
ticket-dead-expired = It has expired.
ticket-dead-revoked = It was taken back.
ticket-dead-used = It was used already, and works once.
ticket-dead-void = The account that it is for cannot be used any more.
ticket-dead-next = Or ask whoever sent you the link for a new one.
