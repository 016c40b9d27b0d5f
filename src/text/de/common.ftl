### Wörter, die mehrere Seiten teilen, und die Sätze, die Programme zeigen.

title = { $page } · { $tenant }
title-error = Fehler: { $page } · { $tenant }
summary-title = Etwas stimmt noch nicht
foot-support = Support kontaktieren
foot-reference = Referenz <span class="mono">{ $reference }</span>

field-identifier = E-Mail-Adresse
field-password = Passwort
button-sign-in = Anmelden
link-reset = Neues Passwort festlegen
link-try-sign-in = Anmeldung versuchen

fault-wrong-details = E-Mail-Adresse oder Passwort ist nicht richtig
fault-identifier-missing = Geben Sie Ihre E-Mail-Adresse ein
fault-identifier-odd = Geben Sie eine E-Mail-Adresse wie name@example.com ein
fault-password-missing = Geben Sie Ihr Passwort ein
two-sentences = { $first } { $second }
password-incorrect = Das Passwort ist falsch. Versuchen Sie es noch einmal.
tries-left = { $count ->
    [0] Der nächste Fehlversuch sperrt die Anmeldung.
    [one] Noch { $count } Versuch, dann wird die Anmeldung gesperrt.
   *[other] Noch { $count } Versuche, dann wird die Anmeldung gesperrt.
}

user-locked-timed = Ihr Konto ist gesperrt. Die Sperre dauert noch { $wait }, danach können Sie es wieder versuchen. Bei Fragen wenden Sie sich an { $support }.
user-locked-endless = Ihr Konto ist gesperrt. Bei Fragen wenden Sie sich an { $support }.
user-locked-support = den Support
