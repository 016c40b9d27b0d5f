### Das Kontaktformular, das die Sperre kennt, die Seite einer Anfrage und Mails darüber.

support-known-change = Nicht Sie? Ändern
support-name-optional = Ihr Name (freiwillig)
support-sent-status = Anfrage ansehen
support-sent-status-text = Auf ihrer Seite erscheint die Antwort, und Sie können etwas ergänzen. Behalten Sie den Link für sich: Wer ihn hat, kann mitlesen.

request-received = Wir haben Ihre Nachricht
request-received-what = Ein Mensch bei { $tenant } liest sie als Nächstes. Ihre Referenz ist <b class="mono">{ $reference }</b>.
request-open = Der Support kümmert sich darum
request-open-what = Die Antwort erscheint auf dieser Seite. Ihre Referenz ist <b class="mono">{ $reference }</b>.
request-answered = Der Support hat geantwortet
request-answered-what = Die Antwort steht unten. Hilft sie nicht, schreiben Sie auf dieser Seite zurück.
request-closed = Diese Anfrage ist geschlossen
request-closed-what = Das Team von { $tenant } hat sie geschlossen.
request-signed-in = Sie sind wieder drin
request-signed-in-what = Die Anfrage wurde von selbst geschlossen, als Sie sich angemeldet haben.
request-you = Sie
request-them = Support von { $tenant }
request-lock-ends = Die Sperre endet von selbst um <b>{ $time }</b>
request-lock-endless = Die Sperre endet nicht von selbst.
request-add = Nachricht ergänzen
request-add-button = Nachricht senden
request-over = Sie wurde vor mehr als einer Woche geschlossen. Schreiben Sie eine neue Nachricht, wenn etwas offen ist.
request-new = Neue Nachricht schreiben
request-reset-text = Auch ein neues Passwort per Mail beendet die Sperre.

mail-ack-status = Anfrage und Antwort ansehen und ergänzen:
mail-reply-subject = Antwort auf { $reference }
mail-reply-title = Eine Antwort vom Support von { $tenant }
mail-reply-status = Die ganze Anfrage ansehen und zurückschreiben:
mail-reply-button = Zurückschreiben
mail-reply-why = Gesendet, weil Sie mit dieser Adresse an den Support geschrieben haben.

canned-lock-over = die Sperre ist vorbei
canned-lock-endless = erst, wenn sie aufgehoben wird
desk-reset-offer = Jemand hat versucht, in Ihr Konto zu kommen; niemand ist hineingekommen. Wir lassen es gesperrt. Bitte setzen Sie hier ein neues Passwort: { $page }
