### Die Seiten des eigenen Kontos.

account-back = Zurück zu Ihrem Konto
account-password = Passwort ändern
account-password-first = Passwort festlegen
account-app-on = An
account-app-off = Aus
account-done-password = Ihr Passwort ist geändert.
account-done-app-on = Die Authenticator-App ist an. Ab jetzt fragt die Anmeldung nach ihrem Code.
account-done-app-off = Die Authenticator-App ist aus, und ihre Wiederherstellungscodes sind weg.
account-done-device = Dieses Gerät ist abgemeldet.
account-done-others = Alle anderen Geräte sind abgemeldet.
account-done-language = Gespeichert.
account-done-forgotten = Dieser Browser ist vergessen.
account-done-forgotten-others = Alle anderen Browser sind vergessen.
account-done-forgotten-all = Alle Browser sind vergessen.

## Das jetzige Passwort
present-title = Bestätigen Sie, dass Sie es sind
present-what = Bevor Sie ändern, wie sich <b>{ $who }</b> anmeldet, geben Sie das Passwort noch einmal ein.
present-again = Bevor Sie ändern, wie sich <b>{ $who }</b> anmeldet, melden Sie sich ab und noch einmal an.
present-field = Jetziges Passwort
present-fault-missing = Geben Sie das jetzige Passwort ein
present-fault-wrong = Das jetzige Passwort stimmt nicht

## Authenticator-App
app-title = Authenticator-App
app-since = an seit <b>{ $time }</b>
app-on-what = Die Anmeldung fragt nach dem Passwort nach einem Code der App.
app-off-what = Ein Code, der alle 30 Sekunden wechselt, hält fern, wer nur das Passwort kennt.
app-begin-button = App einrichten
app-replace-title = Ein neues Telefon?
app-replace-what = Die jetzige App gilt, bis die neue bestätigt ist.
app-replace-button = Andere App
app-remove-title = App entfernen
app-remove-what = Dann genügt zum Anmelden das Passwort allein, und die Wiederherstellungscodes sind weg.
app-remove-button = App entfernen
app-set-up-title = App einrichten
app-set-up-what = Scannen Sie das Bild mit einer Authenticator-App auf Ihrem Telefon, und geben Sie dann den Code ein, den sie zeigt.
app-qr = QR-Code mit dem Schlüssel der App
app-open = In einer App auf diesem Gerät öffnen
app-secret = Oder geben Sie diesen Schlüssel in die App ein
app-secret-once = Er wird nur einmal gezeigt.
app-confirm-hint = Sechs Ziffern. Sie zeigen, dass die App den richtigen Schlüssel hat.
app-confirm-button = Einschalten
app-cancel = Alles lassen, wie es ist
app-start-again-title = Ist der Schlüssel nicht in der App?
app-start-again-what = Dieser Schlüssel gilt nicht mehr.
app-start-again-button = Von vorn beginnen

## Wiederherstellungscodes
recovery-title = Wiederherstellungscodes
recovery-what = Jeder ersetzt einmal einen Code der App, falls das Telefon verloren geht.
recovery-some = Sie haben Codes, die noch nicht benutzt sind. Neue ersetzen sie.
recovery-none = Sie haben keine.
recovery-button = Zehn neue Codes
recovery-back = Zurück zur App
recovery-new-title = Ihre Wiederherstellungscodes
recovery-new-what = Drucken Sie sie aus oder bewahren Sie sie sicher auf, nicht auf dem Telefon mit der App.
recovery-once = Sie werden nur einmal gezeigt. Jeder gilt einmal.
recovery-kept-button = Ich habe sie

## Sitzungen
sessions-title = Angemeldete Geräte
sessions-what = Wo Ihr Konto jetzt angemeldet ist.
sessions-here = Dieses Gerät
sessions-from = Von { $place }
sessions-somewhere = Ein anderes Gerät
sessions-began = Angemeldet: { $time }.
sessions-began-password = Angemeldet: { $time }, mit dem Passwort.
sessions-began-code = Angemeldet: { $time }, mit einem Code per Mail.
sessions-used = Zuletzt benutzt: { $time }.
sessions-button = Alle anderen abmelden

## Bekannte Browser
devices-title = Bekannte Browser
devices-what = Browser, die schon in Ihrem Konto angemeldet waren. Auch wenn fremde Versuche Ihr Konto sperren, können diese sich anmelden.
devices-none = Noch ist kein Browser bekannt. Er wird es, wenn er sich anmeldet.
devices-here = Dieser Browser
devices-browser-on = { $browser } auf { $system }
devices-some-on = Ein Browser auf { $system }
devices-some = Ein Browser
devices-used = Zuletzt angemeldet: { $time }.
devices-used-from = Zuletzt angemeldet: { $time }, von { $place }.
devices-button = Vergessen
devices-button-others = Alle anderen vergessen
devices-button-all = Alle vergessen
devices-after = Vergessen meldet niemanden ab.

## Sprache
language-title = Sprache und Zeitzone
language-what = Für Ihre Seiten und die Mails, die Sie bekommen.
language-field = Sprache
language-zone = Zeitzone
language-zone-hint = Ein Ort wie Europe/Vienna, oder UTC.
language-fault-zone = Geben Sie eine Zeitzone wie Europe/Vienna ein
language-button = Speichern
