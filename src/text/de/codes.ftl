### Codes per Mail und SMS.

code-incorrect = Der Code ist falsch. Prüfen Sie ihn und versuchen Sie es noch einmal.

mail-code-sign-in = Ihr Code zur Anmeldung bei { $tenant }
mail-code-reset = Ihr Code für ein neues Passwort bei { $tenant }
mail-code-address = Ihr Code zur Bestätigung Ihrer Adresse bei { $tenant }
mail-code-other = Ihr Code von { $tenant }
mail-code-valid = Er gilt einmal und noch { $wait }.
mail-code-not-you = Wenn Sie ihn nicht angefordert haben, müssen Sie nichts tun. Geben Sie ihn an niemanden weiter.
mail-code-why = Gesendet, weil mit dieser Adresse ein Code angefordert wurde.

## An die Person, deren Adresse für ein anderes Konto angegeben wurde
mail-claimed-title = Sie haben bereits ein Konto bei { $tenant }
mail-claimed-what = Jemand wollte diese Adresse für ein anderes Konto verwenden. Sie gehört bereits zu Ihrem, deshalb ist nichts geschehen.
mail-claimed-lead = Wenn Sie das waren, melden Sie sich stattdessen damit an:
mail-claimed-button = Anmelden
mail-claimed-not-you = Wenn Sie das nicht waren, müssen Sie nichts tun. An Ihrem Konto hat sich nichts geändert.
mail-claimed-why = Gesendet, weil diese Adresse für ein anderes Konto angegeben wurde.

## Eine SMS: kurz genug für eine.
text-code = { $code } ist Ihr Code von { $tenant }. Geben Sie ihn an niemanden weiter.
