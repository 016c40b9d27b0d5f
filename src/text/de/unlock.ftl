### Der kurze Code einer Entsperr-Mail, und was die Mails rund um eine Sperre sagen.

unlock-code-title = Code eingeben
unlock-code-what = In der Entsperr-Mail steht ein Code aus acht Ziffern. Er bewirkt dasselbe wie die Schaltfläche in der Mail.
unlock-code-field = Code aus der Entsperr-Mail
unlock-code-hint = Acht Ziffern; Leerzeichen sind egal.
unlock-code-button = Konto entsperren
unlock-code-fault-missing = Geben Sie den Code aus der Mail ein
unlock-code-fault-wrong = Dieser Code stimmt nicht oder gilt nicht mehr
unlock-code-cost = Ein Code kann fünfmal versucht werden. Eine neue Mail bringt einen neuen.
unlock-code-new = Sie bringt einen neuen Code und einen neuen Link.
held-reset-text = Damit ist gezeigt, dass das Postfach Ihnen gehört, und die Sperre endet sofort.

## Die Mail, die eine Sperre beendet
mail-unlock-origin = { $count ->
    [one] einer Adresse ({ $network })
   *[other] { $count } Adressen (darunter { $network })
}
mail-unlock-since = Beginn der ersten Sperre: { $time }{ $utc }.
mail-unlock-code = Die Schaltfläche funktioniert nicht? Geben Sie diesen Code auf der Seite ein, auf der steht, dass die Anmeldung gesperrt ist:
mail-unlock-code-text = Der Link funktioniert nicht? Geben Sie diesen Code auf der Seite ein, auf der steht, dass die Anmeldung gesperrt ist:
mail-unlock-valid-both = Link und Code gelten { $wait } lang, bis { $time }{ $utc }.

## Die Nachricht, dass eine Sperre beendet wurde
mail-unlocked-title = Ihr Konto bei { $tenant } ist entsperrt
mail-unlocked-link = Die Sperre wurde mit dem Link aus unserer Mail beendet: { $time }{ $utc }. Sie können sich wieder anmelden.
mail-unlocked-code = Die Sperre wurde mit dem Code aus unserer Mail beendet: { $time }{ $utc }. Sie können sich wieder anmelden.
mail-unlocked-reset = Die Sperre wurde durch ein neues Passwort beendet: { $time }{ $utc }. Sie können sich wieder anmelden.
mail-unlocked-staff = Die Sperre wurde vom Team von { $tenant } beendet: { $time }{ $utc }. Sie können sich wieder anmelden.
mail-unlocked-not-me = Vielleicht liest jemand Ihre Mails mit. Ändern Sie das Passwort Ihres Postfachs, legen Sie dann hier ein neues fest, und sagen Sie dem Support von { $tenant } Bescheid.
mail-unlocked-why = Gesendet, weil eine Sperre Ihres Kontos beendet wurde.
