### The short code of an unlock mail, and what the mails around a lock tell.

unlock-code-title = Type the code
unlock-code-what = The unlock mail holds a code of eight digits. It does the same as the button in the mail.
unlock-code-field = Code from the unlock mail
unlock-code-hint = Eight digits; spaces do not matter.
unlock-code-button = Unlock my account
unlock-code-fault-missing = Enter the code from the mail
unlock-code-fault-wrong = This code is not right, or no longer good
unlock-code-cost = A code can be tried five times. A new mail brings a new one.
unlock-code-new = It brings a new code and a new link.
held-reset-text = It proves that the mailbox is yours, and ends the lock at once.

## The mail that ends a lock
mail-unlock-origin = { $count ->
    [one] one address ({ $network })
   *[other] { $count } addresses, among them { $network }
}
mail-unlock-since = The first lock began at { $time }{ $utc }.
mail-unlock-code = The button does not work? Type this code on the page that says that sign-in is locked:
mail-unlock-code-text = The link does not work? Type this code on the page that says that sign-in is locked:
mail-unlock-valid-both = Link and code work for { $wait }, until { $time }{ $utc }.

## The word that a lock was ended
mail-unlocked-title = Your { $tenant } account is unlocked
mail-unlocked-link = The lock was ended at { $time }{ $utc } with the link from our mail. You can sign in again.
mail-unlocked-code = The lock was ended at { $time }{ $utc } with the code from our mail. You can sign in again.
mail-unlocked-reset = The lock was ended at { $time }{ $utc } by setting a new password. You can sign in again.
mail-unlocked-staff = The lock was ended at { $time }{ $utc } by the staff of { $tenant }. You can sign in again.
mail-unlocked-not-me = Somebody else may be reading your mail. Change the password of your mailbox, then set a new one here, and tell { $tenant } support.
mail-unlocked-why = Sent because a lock of your account was ended.
