### The mail with a link that signs in.

mail-link-title = Sign in to { $tenant }
mail-link-lead = Press the button in the browser in which you asked for it:
mail-link-button = Sign in
mail-link-valid = The link works once, in that browser only, and for { $wait }.
mail-link-not-you = If you did not ask for it, nothing needs to be done. This mail alone lets nobody in.
mail-link-why = Sent because a link to sign in was asked for with this address.
