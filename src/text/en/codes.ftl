### Codes, links and text messages.
mail-code-sign-in = Your code to sign in to { $tenant }
mail-code-reset = Your code to set a new password at { $tenant }
mail-code-other = Your code from { $tenant }
mail-code-valid = It works once, and for { $wait }.
mail-code-not-you = If you did not ask for it, nothing needs to be done. Give it to nobody.
mail-code-why = Sent because a code was asked for with this address.
