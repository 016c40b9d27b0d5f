### Hosted pages. A message that holds tags is printed as HTML; its arguments are escaped.

## Sign-in
sign-in-title = Sign in
sign-in-signed-out = You are signed out.
sign-in-signed-out-since = Your session ended at { $time }.
sign-in-not-available = Sign-in is not possible right now. Try again in a minute.

## Locked
locked-title = Sign-in is locked
locked-until = until <b>{ $time }</b>
locked-relative = ({ $relative })
locked-until-unlocked = until it is unlocked
locked-why = Too many sign-in attempts failed for <b>{ $who }</b>. Until then even the right password is not accepted.
locked-why-endless = Too many sign-in attempts failed for <b>{ $who }</b>. Until it is unlocked even the right password is not accepted.
locked-why-staff = The staff of { $tenant } locked sign-in for <b>{ $who }</b>. Until then even the right password is not accepted.
locked-why-staff-endless = The staff of { $tenant } locked sign-in for <b>{ $who }</b>. Only they can end this lock.
locked-why-long-run = A very large number of sign-in attempts failed for <b>{ $who }</b>. Waiting does not end this lock.
locked-ways = { $count ->
    [1] The way back in
    [2] Two ways back in
    [3] Three ways back in
   *[other] Ways back in
}
locked-mail-title = Open the mail we sent
locked-mail-address = If this address has an account, we have sent it a mail. Look for “Unlock your { $tenant } account”, also in the spam folder, and press the button in it.
locked-mail-name = If this name has an account, we have sent its owner a mail. Look for “Unlock your { $tenant } account”, also in the spam folder, and press the button in it.
locked-mail-again = Send it again
locked-mail-sent = Sent again at { $sent }. The next one is possible at { $next }.
locked-mail-pause = The next one is possible at { $next }.
locked-reset-text = This also ends the lock.
locked-wait-title = Wait until { $time }
locked-wait-text = Then <a href="{ $href }">try to sign in again</a>.
locked-check-title = Check again
locked-check-text = Somebody may have ended the lock already.
locked-support-text = They can see this lock. The form takes a minute.
locked-support-mail = They can see this lock. You can also write to { $address }.

## Banned
banned-title = Sign-in is not possible
banned-why = The staff of { $tenant } closed the account of <b>{ $who }</b>. Waiting or an unlock mail does not change that.
banned-other = Use another account
banned-other-text = This account stays closed until staff open it again.

## Confirm an unlock
confirm-title = Unlock your account?
confirm-what = One press ends the lock. It does not sign you in.
confirm-ended-title = The lock has ended
confirm-ended-what = { $count ->
    [one] The lock ended at <b>{ $time }</b>. One press also forgets the { $count } failure. It does not sign you in.
   *[other] The lock ended at <b>{ $time }</b>. One press also forgets the { $count } failures. It does not sign you in.
}
confirm-ended-button = Forget the failures
confirm-ended-not-me = None of the attempts got in. Close this page, and <a href="{ $href }">tell support</a>.
confirm-account = Account
confirm-locked = Locked
confirm-locked-value = { $count ->
    [one] { $time }, after { $count } failed attempt
   *[other] { $time }, after { $count } failed attempts
}
confirm-then = Then
confirm-then-value = { $count ->
    [one] you have { $count } try with your password
   *[other] you have { $count } tries with your password
}
confirm-valid = Link valid
confirm-valid-value = until { $time }
confirm-button = Unlock my account
confirm-not-me-title = If it was not you
confirm-not-me = None of the attempts got in. Close this page to keep the account locked, and <a href="{ $href }">tell support</a>.

## Unlocked
unlocked-title = Your account is unlocked
unlocked-since = since <b>{ $time }</b>
unlocked-tries = { $count ->
    [one] Sign in now. You have { $count } try.
   *[other] Sign in now. You have { $count } tries.
}
unlocked-already-title = Already unlocked
unlocked-already-since = at <b>{ $time }</b>
unlocked-already-why = Your account is open. Sign in below.
unlocked-ended-title = The lock has ended
unlocked-ended-since = by itself, at <b>{ $time }</b>
unlocked-ended-why = Sign in now. The link in the mail is not needed.
unlocked-unsure = Not sure of your password? <a href="{ $href }">Set a new one</a>.

## Links that no longer work
dead-expired-title = This link has expired
dead-expired-at = at <b>{ $time }</b>
dead-expired-why = Unlock links work for { $wait }. You did nothing wrong.
dead-superseded-title = This link is out of date
dead-superseded-why = It belongs to an earlier lock.
dead-forged-title = This link does not work
dead-forged-why = It may have been cut off on its way. Copy the whole link from the mail, or have a new one sent.
dead-button = Send a new unlock mail
dead-known-hint = It goes to the address that received this link.
dead-sign-in-text = The lock may have ended by itself.
dead-reset-text = This also ends a lock.

## A lock that this link cannot end
held-staff-title = Locked by staff
held-staff-why = The staff of { $tenant } set this lock. An unlock link does not end it.
held-long-run-title = Still locked
held-long-run-why = Attempts have failed for too long. An unlock link does not end this lock; support can.
held-long-run-why-reset = Attempts have failed for too long. A new password ends this lock, and so can support.
held-limit-title = No more unlocks today
held-limit-until = the next is possible at <b>{ $time }</b>
held-limit-why = { $count ->
    [one] This account was unlocked by mail once in 24 hours, the most that is allowed.
   *[other] This account was unlocked by mail { $count } times in 24 hours, the most that is allowed.
}
held-endless = until staff end it
held-support-title = Ask the staff of { $tenant }
held-support-text = They can end this lock and tell you why it is there.

## Asking for an unlock mail
request-title = Send an unlock mail
request-what = If your account is locked, we send you a mail with a button that unlocks it.
request-button = Send the mail
requested-title = Look in your mail
requested-at = asked for at <b>{ $time }</b>
requested-what = If <b>{ $who }</b> has an account that is locked, a mail is on its way. It can take a minute.
requested-what-known = If the account is still locked, a mail is on its way to the address that received the link. It can take a minute.
requested-missing-title = No mail?
requested-missing = Look in the spam folder for “Unlock your { $tenant } account”. The next mail is possible at { $next }.
requested-again = Ask again

## Support
support-title = Contact { $tenant } support
support-what = A person reads this and answers by mail.
support-what-mail = A person reads this and answers by mail. You can also write to <a href="mailto:{ $address }">{ $address }</a>.
support-known-title = We already know about the lock
support-known = { $who }, locked until { $time }
support-known-endless = { $who }, locked
support-name = Your name
support-identifier-hint = The one you sign in with.
support-subject = What is it about?
support-subject-no-mail = No unlock mail came
support-subject-link = The link does not work
support-subject-not-me = It was not me
support-subject-password = I forgot my password
support-subject-other = Something else
support-message = Message
support-message-hint = Please do not write your password here. Nobody at { $tenant } will ask for it.
support-button = Send to support
support-after = You get a reference at once and the answer by mail.
support-trap = Leave this field empty
support-fault-name = Enter your name
support-fault-name-long = Enter a shorter name
support-fault-name-odd = Enter your name in one line, without special characters
support-fault-subject = Choose what it is about
support-fault-message = Write a message
support-fault-message-long = Write a shorter message, at most { $count } characters
support-fault-message-odd = Remove the special characters that cannot be shown
support-sent-title = We have your message
support-sent-at = since <b>{ $time }</b>
support-sent-what = A person at { $tenant } answers by mail. Your reference is <b class="mono">{ $reference }</b>.
support-sent-copy = A copy is on its way to you by mail.
support-sent-yours = What you wrote
support-sent-meanwhile = Meanwhile
support-sent-unlock = Send an unlock mail
support-sent-unlock-text = If your account is locked, this is the quickest way back in.
support-sent-sign-in-text = A timed lock ends by itself.

## Account
account-title = You are signed in
account-since = since <b>{ $time }</b>
account-name = Name
account-identifier = Signed in as
account-tenant = At
account-button = Sign out
account-done = You can close this page, or go back to where you came from.

## What went wrong
fault-not-found-title = There is no such page
fault-not-found = The address may be mistyped, or the page has moved.
fault-wrong-method-title = This page works another way
fault-wrong-method = There is a page here, but it cannot be used like this. Start again from sign-in.
fault-bad-request-title = That did not arrive whole
fault-bad-request = Part of what your browser sent could not be read. Go back and try again.
fault-too-large-title = That was too much
fault-too-large = What your browser sent is larger than any form here. Shorten it and try again.
fault-other-site-title = Sent from another page
fault-other-site = For your safety this only works from our own pages. Open the page again and repeat it there.
fault-too-many-title = Too many requests
fault-too-many = Nothing is lost. Try again in { $wait }.
fault-unavailable-title = Try again in a minute
fault-unavailable = Something on our side is not working right now. You did nothing wrong.
fault-button = Go to sign-in
fault-retry = Try again
fault-no-tenant = There is no sign-in page at this address. Check the address that you were given.
