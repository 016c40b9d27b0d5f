### Mails. The text part says everything; the HTML part says the same.

mail-hello = Hello { $name },
mail-hello-nobody = Hello,
mail-never-ask = Nobody at { $tenant } will ever ask for your password.
mail-questions = Questions: { $address }
mail-reference = Reference: { $reference }
# Follows a time of another zone, in the place of $utc; begins with a blank.
mail-utc = {" "}({ $utc })

## Unlock
mail-unlock-subject = Unlock your { $tenant } account
mail-unlock-title = Your { $tenant } account is locked
mail-unlock-when = { $count ->
    [one] At { $time }{ $utc }, { $count } sign-in attempt had failed from { $origin }. It did not get in.
   *[other] At { $time }{ $utc }, { $count } sign-in attempts had failed from { $origin }. None of them got in.
}
mail-unlock-when-html = { $count ->
    [one] At <b>{ $time }</b>{ $utc }, { $count } sign-in attempt had failed from { $origin }. It did not get in.
   *[other] At <b>{ $time }</b>{ $utc }, { $count } sign-in attempts had failed from { $origin }. None of them got in.
}
mail-unlock-origin-unknown = an unknown place
mail-unlock-account = Account: { $account }
mail-unlock-lead = If that was you, unlock your account:
mail-unlock-button = Unlock my account
mail-unlock-what = The button opens a page with one more button; press that and the lock ends. It does not sign you in.
mail-unlock-what-text = The link opens a page with one button; press that and the lock ends. It does not sign you in.
mail-unlock-valid = The link works for { $wait }, until { $time }{ $utc }.
mail-unlock-ends = The lock also ends by itself at { $time }{ $utc }; further failures lock it again.
mail-unlock-endless = The lock does not end by itself.
mail-unlock-not-me = If it was not you
mail-unlock-not-me-text = Your password still protects the account. You need do nothing: the account stays locked as described. The same page also lets you tell { $tenant } support that it was not you.
mail-unlock-copy = The button does not work? Copy this into your browser:
mail-unlock-why = Sent because your account was locked.

## Support acknowledgement
mail-ack-subject = We have your message { $reference }
mail-ack-title = We have your message
mail-ack-when = It arrived at { $time }{ $utc }. A person at { $tenant } reads it and answers to this address.
mail-ack-yours = What you wrote
mail-ack-meanwhile = Locked out? You need not wait for us: a timed lock ends by itself, and an unlock mail ends it at once.
mail-ack-unlock = Send an unlock mail
mail-ack-not-you = If you did not write to us, you can ignore this mail. Nothing has changed on any account.
mail-ack-why = Sent because this address was given in a message to support.
