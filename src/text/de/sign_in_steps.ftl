### Die Schritte einer Anmeldung neben dem Passwort.

sign-in-start-again = Bitte melden Sie sich noch einmal an. Es hat zu lange gedauert, oder das Konto wurde inzwischen geändert.
button-mail-code = Code per Mail senden
button-continue = Weiter
button-new-code = Neuen Code senden
button-save-password = Passwort speichern

## Codes per Mail
code-ask-title = Mit einem Code anmelden
code-ask-what = Wir mailen Ihnen einen sechsstelligen Code, der einmal gilt.
reset-what = Wir mailen Ihnen einen Code. Mit ihm legen Sie ein neues Passwort fest; das beendet auch eine Sperre.
code-password = Stattdessen das Passwort verwenden
code-fault-no-address = Geben Sie die E-Mail-Adresse Ihres Kontos ein: Dorthin geht der Code
code-title = Code eingeben
code-what = Wenn <b>{ $who }</b> ein Konto hat, ist eine Mail mit einem Code unterwegs. Das kann eine Minute dauern.
code-field = Code aus der Mail
code-hint = Sechs Ziffern.
code-hint-until = Sechs Ziffern. Er gilt bis { $time }.
code-missing-title = Keine Mail?
code-missing = Sehen Sie auch im Spam-Ordner nach.
code-pause = Ein neuer Code ist um { $next } möglich.
code-other-address = Andere Adresse verwenden
code-fault-missing = Geben Sie den Code ein
code-fault-wrong = Der Code stimmt nicht
code-fault-expired = Dieser Code ist abgelaufen
code-fault-spent = Dieser Code wurde zu oft versucht

## Ein neues Passwort
new-password-what = Für <b>{ $who }</b>.
new-password-field = Neues Passwort
new-password-hint = Mindestens { $count } Zeichen.
new-password-others = Auf allen anderen Geräten abmelden
new-password-fault-missing = Geben Sie ein neues Passwort ein
new-password-fault-short = Geben Sie ein neues Passwort mit mindestens { $count } Zeichen ein
new-password-fault-long = Geben Sie ein kürzeres neues Passwort ein
new-password-fault-same = Geben Sie ein neues Passwort ein, das nicht das jetzige ist

## Der zweite Schritt
second-title = Code aus der App eingeben
second-what = Öffnen Sie Ihre Authenticator-App für <b>{ $who }</b>.
second-field = Code aus der App
second-hint = Sechs Ziffern. Sie wechseln alle 30 Sekunden.
second-to-recovery = Stattdessen einen Wiederherstellungscode verwenden
second-to-recovery-text = Einen von denen, die Sie beim Einrichten der App aufbewahrt haben.
second-recovery-title = Wiederherstellungscode eingeben
second-recovery-what = Einen von denen, die Sie für <b>{ $who }</b> aufbewahrt haben. Jeder gilt einmal.
second-recovery-field = Wiederherstellungscode
second-to-app = Stattdessen die App verwenden
second-other = Als jemand anderes anmelden

## Ein Link, der anmeldet
ticket-title = Mit diesem Link anmelden
ticket-what = Dieser Link meldet Sie als <b>{ $who }</b> an. Er gilt einmal.
ticket-not-me-title = Wenn Sie das nicht sind
ticket-not-me = Schließen Sie diese Seite. Bevor Sie den Knopf drücken, geschieht nichts.
ticket-dead-forged = Vielleicht wurde er unterwegs abgeschnitten. Kopieren Sie den ganzen Link.
ticket-dead-expired = Er ist abgelaufen.
ticket-dead-revoked = Er wurde zurückgenommen.
ticket-dead-used = Er wurde schon verwendet und gilt nur einmal.
ticket-dead-void = Das Konto, für das er ist, kann nicht mehr verwendet werden.
ticket-dead-next = Oder bitten Sie um einen neuen Link, wo Sie diesen bekommen haben.
