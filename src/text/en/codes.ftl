### Codes by mail and by text message.

code-incorrect = The code is incorrect. Check it and try again.

mail-code-sign-in = Your code to sign in to { $tenant }
mail-code-reset = Your code to set a new password at { $tenant }
mail-code-address = Your code to confirm your address at { $tenant }
mail-code-other = Your code from { $tenant }
mail-code-valid = It works once, and for { $wait }.
mail-code-not-you = If you did not ask for it, nothing needs to be done. Give it to nobody.
mail-code-why = Sent because a code was asked for with this address.

## The owner of an address that somebody gave for another account
mail-claimed-title = You already have an account at { $tenant }
mail-claimed-what = Somebody tried to use this address for another account. It is part of yours already, so nothing was done.
mail-claimed-lead = If that was you, sign in with it instead:
mail-claimed-button = Sign in
mail-claimed-not-you = If it was not you, nothing needs to be done. Nothing has changed on your account.
mail-claimed-why = Sent because this address was given for another account.

## A text message: short enough for one.
text-code = { $code } is your code from { $tenant }. Give it to nobody.
