### Words that several pages share, and the sentences that programs show.

title = { $page } · { $tenant }
title-error = Error: { $page } · { $tenant }
summary-title = There is a problem
foot-support = Contact support
foot-reference = Reference <span class="mono">{ $reference }</span>

field-identifier = E-mail address
field-password = Password
button-sign-in = Sign in
link-reset = Set a new password
link-try-sign-in = Try to sign in

fault-wrong-details = E-mail address or password is not right
fault-identifier-missing = Enter your e-mail address
fault-identifier-odd = Enter an e-mail address such as name@example.com
fault-password-missing = Enter your password
two-sentences = { $first } { $second }
password-incorrect = The password is incorrect. Try again.
tries-left = { $count ->
    [0] The next failure locks sign-in.
    [one] { $count } try left before sign-in is locked.
   *[other] { $count } tries left before sign-in is locked.
}

user-locked-timed = Your account is locked. You can try again in { $wait }. For more information, contact { $support }.
user-locked-endless = Your account is locked. For more information, contact { $support }.
user-locked-support = support
