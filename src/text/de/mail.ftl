### Mails. Der Textteil sagt alles; der HTML-Teil sagt dasselbe.

mail-hello = Guten Tag { $name },
mail-hello-nobody = Guten Tag,
mail-never-ask = Niemand bei { $tenant } wird Sie jemals nach Ihrem Passwort fragen.
mail-questions = Fragen: { $address }
mail-reference = Referenz: { $reference }
mail-utc = {" "}({ $utc })

## Entsperren
mail-unlock-subject = Ihr Konto bei { $tenant } entsperren
mail-unlock-title = Ihr Konto bei { $tenant } ist gesperrt
mail-unlock-when = { $count ->
    [one] Bis { $time }{ $utc } war { $count } Anmeldeversuch von { $origin } fehlgeschlagen. Er war nicht erfolgreich.
   *[other] Bis { $time }{ $utc } waren { $count } Anmeldeversuche von { $origin } fehlgeschlagen. Keiner davon war erfolgreich.
}
mail-unlock-when-html = { $count ->
    [one] Bis <b>{ $time }</b>{ $utc } war { $count } Anmeldeversuch von { $origin } fehlgeschlagen. Er war nicht erfolgreich.
   *[other] Bis <b>{ $time }</b>{ $utc } waren { $count } Anmeldeversuche von { $origin } fehlgeschlagen. Keiner davon war erfolgreich.
}
mail-unlock-origin-unknown = einem unbekannten Ort
mail-unlock-account = Konto: { $account }
mail-unlock-lead = Wenn Sie das waren, entsperren Sie Ihr Konto:
mail-unlock-button = Konto entsperren
mail-unlock-what = Die Schaltfläche öffnet eine Seite mit einer weiteren Schaltfläche; drücken Sie diese, und die Sperre endet. Angemeldet werden Sie dadurch nicht.
mail-unlock-what-text = Der Link öffnet eine Seite mit einer Schaltfläche; drücken Sie diese, und die Sperre endet. Angemeldet werden Sie dadurch nicht.
mail-unlock-valid = Der Link gilt { $wait } lang, bis { $time }{ $utc }.
mail-unlock-ends = Die Sperre endet auch von selbst: { $time }{ $utc }. Weitere Fehlversuche sperren erneut.
mail-unlock-endless = Die Sperre endet nicht von selbst.
mail-unlock-not-me = Wenn Sie das nicht waren
mail-unlock-not-me-text = Ihr Passwort schützt das Konto weiterhin. Sie müssen nichts tun: Das Konto bleibt wie beschrieben gesperrt. Auf derselben Seite können Sie dem Support von { $tenant } auch sagen, dass Sie es nicht waren.
mail-unlock-copy = Die Schaltfläche funktioniert nicht? Kopieren Sie dies in Ihren Browser:
mail-unlock-why = Gesendet, weil Ihr Konto gesperrt wurde.

## Empfangsbestätigung des Supports
mail-ack-subject = Wir haben Ihre Nachricht { $reference }
mail-ack-title = Wir haben Ihre Nachricht
mail-ack-when = Eingegangen: { $time }{ $utc }. Ein Mensch bei { $tenant } liest sie und antwortet an diese Adresse.
mail-ack-yours = Was Sie geschrieben haben
mail-ack-meanwhile = Ausgesperrt? Sie müssen nicht auf uns warten: Eine befristete Sperre endet von selbst, und eine Entsperr-Mail beendet sie sofort.
mail-ack-unlock = Entsperr-Mail senden
mail-ack-not-you = Wenn Sie uns nicht geschrieben haben, können Sie diese Mail ignorieren. An keinem Konto hat sich etwas geändert.
mail-ack-why = Gesendet, weil diese Adresse in einer Nachricht an den Support angegeben wurde.
