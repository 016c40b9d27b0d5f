### Seiten. Eine Meldung mit Tags wird als HTML ausgegeben; ihre Argumente werden maskiert.

## Anmeldung
sign-in-title = Anmelden
sign-in-signed-out = Sie sind abgemeldet.
sign-in-signed-out-since = Ihre Sitzung ist beendet: { $time }.
sign-in-not-available = Die Anmeldung ist gerade nicht möglich. Versuchen Sie es in einer Minute noch einmal.

## Gesperrt
locked-title = Die Anmeldung ist gesperrt
locked-until = bis <b>{ $time }</b>
locked-relative = ({ $relative })
locked-until-unlocked = bis sie entsperrt wird
locked-why = Für <b>{ $who }</b> sind zu viele Anmeldeversuche fehlgeschlagen. Bis dahin wird auch das richtige Passwort nicht angenommen.
locked-why-endless = Für <b>{ $who }</b> sind zu viele Anmeldeversuche fehlgeschlagen. Bis zum Entsperren wird auch das richtige Passwort nicht angenommen.
locked-why-staff = Das Team von { $tenant } hat die Anmeldung für <b>{ $who }</b> gesperrt. Bis dahin wird auch das richtige Passwort nicht angenommen.
locked-why-staff-endless = Das Team von { $tenant } hat die Anmeldung für <b>{ $who }</b> gesperrt. Nur das Team kann diese Sperre beenden.
locked-why-long-run = Für <b>{ $who }</b> sind sehr viele Anmeldeversuche fehlgeschlagen. Abwarten beendet diese Sperre nicht.
locked-ways = { $count ->
    [1] Ein Weg zurück ins Konto
    [2] Zwei Wege zurück ins Konto
    [3] Drei Wege zurück ins Konto
   *[other] Wege zurück ins Konto
}
locked-mail-title = Öffnen Sie unsere Mail
locked-mail-address = Wenn zu dieser Adresse ein Konto gehört, haben wir eine Mail dorthin gesendet. Suchen Sie, auch im Spam-Ordner, nach „Ihr Konto bei { $tenant } entsperren“, und drücken Sie die Schaltfläche darin.
locked-mail-name = Wenn zu diesem Namen ein Konto gehört, haben wir eine Mail an die Adresse dieses Kontos gesendet. Suchen Sie, auch im Spam-Ordner, nach „Ihr Konto bei { $tenant } entsperren“, und drücken Sie die Schaltfläche darin.
locked-mail-again = Noch einmal senden
locked-mail-sent = Noch einmal gesendet: { $sent }. Die nächste ist möglich ab { $next }.
locked-mail-pause = Die nächste ist möglich ab { $next }.
locked-reset-text = Auch das beendet die Sperre.
locked-wait-title = Warten bis { $time }
locked-wait-text = Danach können Sie die <a href="{ $href }">Anmeldung wieder versuchen</a>.
locked-check-title = Noch einmal nachsehen
locked-check-text = Vielleicht hat schon jemand die Sperre beendet.
locked-support-text = Der Support kann diese Sperre sehen. Das Formular dauert eine Minute.
locked-support-mail = Der Support kann diese Sperre sehen. Sie können auch an { $address } schreiben.

## Geschlossen
banned-title = Die Anmeldung ist nicht möglich
banned-why = Das Team von { $tenant } hat das Konto von <b>{ $who }</b> geschlossen. Weder Abwarten noch eine Entsperr-Mail ändert das.
banned-other = Ein anderes Konto verwenden
banned-other-text = Dieses Konto bleibt geschlossen, bis das Team es wieder öffnet.

## Entsperren bestätigen
confirm-title = Konto entsperren?
confirm-what = Ein Druck beendet die Sperre. Angemeldet werden Sie dadurch nicht.
confirm-ended-title = Die Sperre ist zu Ende
confirm-ended-what = { $count ->
    [one] Die Sperre ist zu Ende: <b>{ $time }</b>. Ein Druck vergisst auch den { $count } Fehlversuch. Angemeldet werden Sie dadurch nicht.
   *[other] Die Sperre ist zu Ende: <b>{ $time }</b>. Ein Druck vergisst auch die { $count } Fehlversuche. Angemeldet werden Sie dadurch nicht.
}
confirm-ended-button = Versuche vergessen
confirm-ended-not-me = Keiner der Versuche war erfolgreich. Schließen Sie diese Seite und <a href="{ $href }">sagen Sie dem Support Bescheid</a>.
confirm-account = Konto
confirm-locked = Gesperrt
confirm-locked-value = { $count ->
    [one] { $time }, nach { $count } Fehlversuch
   *[other] { $time }, nach { $count } Fehlversuchen
}
confirm-then = Danach
confirm-then-value = { $count ->
    [one] haben Sie { $count } Versuch mit Ihrem Passwort
   *[other] haben Sie { $count } Versuche mit Ihrem Passwort
}
confirm-valid = Link gültig
confirm-valid-value = bis { $time }
confirm-button = Konto entsperren
confirm-not-me-title = Wenn Sie das nicht waren
confirm-not-me = Keiner der Versuche war erfolgreich. Schließen Sie diese Seite, damit das Konto gesperrt bleibt, und <a href="{ $href }">sagen Sie dem Support Bescheid</a>.

## Entsperrt
unlocked-title = Ihr Konto ist entsperrt
unlocked-since = seit <b>{ $time }</b>
unlocked-tries = { $count ->
    [one] Melden Sie sich jetzt an. Sie haben { $count } Versuch.
   *[other] Melden Sie sich jetzt an. Sie haben { $count } Versuche.
}
unlocked-already-title = Schon entsperrt
unlocked-already-since = seit <b>{ $time }</b>
unlocked-already-why = Ihr Konto ist offen. Melden Sie sich unten an.
unlocked-ended-title = Die Sperre ist zu Ende
unlocked-ended-since = von selbst, seit <b>{ $time }</b>
unlocked-ended-why = Melden Sie sich jetzt an. Den Link aus der Mail brauchen Sie nicht.
unlocked-unsure = Sie sind sich beim Passwort nicht sicher? <a href="{ $href }">Legen Sie ein neues fest</a>.

## Links, die nicht mehr funktionieren
dead-expired-title = Dieser Link ist abgelaufen
dead-expired-at = seit <b>{ $time }</b>
dead-expired-why = Gültigkeit eines Entsperr-Links: { $wait }. Sie haben nichts falsch gemacht.
dead-superseded-title = Dieser Link ist überholt
dead-superseded-why = Er gehört zu einer früheren Sperre.
dead-forged-title = Dieser Link funktioniert nicht
dead-forged-why = Vielleicht wurde er unterwegs abgeschnitten. Kopieren Sie den ganzen Link aus der Mail oder lassen Sie sich einen neuen senden.
dead-button = Neue Mail senden
dead-known-hint = Sie geht an die Adresse, die diesen Link bekommen hat.
dead-sign-in-text = Vielleicht ist die Sperre schon von selbst zu Ende.
dead-reset-text = Auch das beendet eine Sperre.

## Eine Sperre, die dieser Link nicht beenden kann
held-staff-title = Vom Team gesperrt
held-staff-why = Das Team von { $tenant } hat diese Sperre gesetzt. Ein Entsperr-Link beendet sie nicht.
held-long-run-title = Noch gesperrt
held-long-run-why = Zu lange sind Versuche fehlgeschlagen. Ein Entsperr-Link beendet diese Sperre nicht; der Support kann es.
held-long-run-why-reset = Zu lange sind Versuche fehlgeschlagen. Ein neues Passwort beendet diese Sperre, und auch der Support kann es.
held-limit-title = Heute kein Entsperren mehr
held-limit-until = das nächste ist möglich ab <b>{ $time }</b>
held-limit-why = { $count ->
    [one] Dieses Konto wurde in 24 Stunden einmal per Mail entsperrt, mehr ist nicht erlaubt.
   *[other] Dieses Konto wurde in 24 Stunden { $count } Mal per Mail entsperrt, mehr ist nicht erlaubt.
}
held-endless = bis das Team sie beendet
held-support-title = Fragen Sie das Team von { $tenant }
held-support-text = Es kann diese Sperre beenden und Ihnen sagen, warum sie besteht.

## Um eine Entsperr-Mail bitten
request-title = Entsperr-Mail senden
request-what = Wenn Ihr Konto gesperrt ist, senden wir Ihnen eine Mail mit einer Schaltfläche, die es entsperrt.
request-button = Mail senden
requested-title = Sehen Sie in Ihre Mails
requested-at = angefordert: <b>{ $time }</b>
requested-what = Wenn <b>{ $who }</b> ein Konto hat, das gesperrt ist, ist eine Mail unterwegs. Das kann eine Minute dauern.
requested-what-known = Wenn das Konto noch gesperrt ist, ist eine Mail unterwegs an die Adresse, die den Link bekommen hat. Das kann eine Minute dauern.
requested-missing-title = Keine Mail?
requested-missing = Suchen Sie im Spam-Ordner nach „Ihr Konto bei { $tenant } entsperren“. Die nächste Mail ist möglich ab { $next }.
requested-again = Noch einmal bitten

## Support
support-title = Support von { $tenant } kontaktieren
support-what = Ein Mensch liest das und antwortet per Mail.
support-what-mail = Ein Mensch liest das und antwortet per Mail. Sie können auch an <a href="mailto:{ $address }">{ $address }</a> schreiben.
support-known-title = Von der Sperre wissen wir schon
support-known = { $who }, gesperrt bis { $time }
support-known-endless = { $who }, gesperrt
support-name = Ihr Name
support-identifier-hint = Die Adresse, mit der Sie sich anmelden.
support-subject = Worum geht es?
support-subject-no-mail = Es kam keine Entsperr-Mail
support-subject-link = Der Link funktioniert nicht
support-subject-not-me = Das war nicht ich
support-subject-password = Ich habe mein Passwort vergessen
support-subject-other = Etwas anderes
support-message = Nachricht
support-message-hint = Bitte schreiben Sie Ihr Passwort nicht hierher. Niemand bei { $tenant } fragt danach.
support-button = An Support senden
support-after = Sie bekommen sofort eine Referenz und die Antwort per Mail.
support-trap = Lassen Sie dieses Feld leer
support-fault-name = Geben Sie Ihren Namen ein
support-fault-name-long = Geben Sie einen kürzeren Namen ein
support-fault-name-odd = Geben Sie Ihren Namen in einer Zeile und ohne Sonderzeichen ein
support-fault-subject = Wählen Sie, worum es geht
support-fault-message = Schreiben Sie eine Nachricht
support-fault-message-long = Schreiben Sie eine kürzere Nachricht, höchstens { $count } Zeichen
support-fault-message-odd = Entfernen Sie die Sonderzeichen, die nicht angezeigt werden können
support-sent-title = Wir haben Ihre Nachricht
support-sent-at = seit <b>{ $time }</b>
support-sent-what = Ein Mensch bei { $tenant } antwortet per Mail. Ihre Referenz ist <b class="mono">{ $reference }</b>.
support-sent-copy = Eine Kopie ist per Mail zu Ihnen unterwegs.
support-sent-yours = Was Sie geschrieben haben
support-sent-meanwhile = In der Zwischenzeit
support-sent-unlock = Entsperr-Mail senden
support-sent-unlock-text = Wenn Ihr Konto gesperrt ist, ist das der schnellste Weg zurück.
support-sent-sign-in-text = Eine befristete Sperre endet von selbst.

## Konto
account-title = Sie sind angemeldet
account-since = seit <b>{ $time }</b>
account-name = Name
account-identifier = Angemeldet als
account-tenant = Bei
account-button = Abmelden
account-done = Sie können diese Seite schließen oder dorthin zurückkehren, woher Sie gekommen sind.

## Was schiefging
fault-not-found-title = Diese Seite gibt es nicht
fault-not-found = Vielleicht ist die Adresse vertippt, oder die Seite ist umgezogen.
fault-wrong-method-title = Diese Seite funktioniert anders
fault-wrong-method = Hier ist eine Seite, aber so kann sie nicht benutzt werden. Beginnen Sie noch einmal bei der Anmeldung.
fault-bad-request-title = Das kam nicht vollständig an
fault-bad-request = Ein Teil dessen, was Ihr Browser gesendet hat, war nicht lesbar. Gehen Sie zurück und versuchen Sie es noch einmal.
fault-too-large-title = Das war zu viel
fault-too-large = Was Ihr Browser gesendet hat, ist größer als jedes Formular hier. Kürzen Sie es und versuchen Sie es noch einmal.
fault-other-site-title = Von einer anderen Seite gesendet
fault-other-site = Zu Ihrer Sicherheit geht das nur von unseren eigenen Seiten aus. Öffnen Sie die Seite noch einmal und wiederholen Sie es dort.
fault-too-many-title = Zu viele Anfragen
fault-too-many = Nichts ist verloren. Wartezeit bis zum nächsten Versuch: { $wait }.
fault-unavailable-title = Versuchen Sie es in einer Minute
fault-unavailable = Bei uns funktioniert gerade etwas nicht. Sie haben nichts falsch gemacht.
fault-button = Zur Anmeldung
fault-retry = Noch einmal versuchen
fault-no-tenant = Unter dieser Adresse gibt es keine Anmeldung. Prüfen Sie die Adresse, die Sie bekommen haben.
