### „Das war ich nicht“, hinter einem Entsperr-Link.

not-me-title = Waren Sie das nicht?
not-me-what = Keiner der Versuche war erfolgreich. Nichts auf dieser Seite sperrt oder entsperrt das Konto, und der Link in Ihrer Mail bleibt gültig.
not-me-tell-title = Dem Support Bescheid sagen
not-me-tell-what = Dort sieht man, wann und woher die Versuche kamen. Sie bekommen eine Kopie per Mail.
not-me-tell-button = Support informieren
not-me-out-title = Überall abmelden
not-me-out-what = Beendet jede Sitzung Ihres Kontos, auch Ihre eigene.
not-me-out-button = Überall abmelden
not-me-reset-text = Wenn Sie glauben, dass jemand Ihr Passwort kennt.
not-me-back = Ich war es doch
not-me-back-text = Die Seite, die das Konto entsperrt.
not-me-told-title = Der Support weiß Bescheid
not-me-told = Ihre Referenz ist { $reference }. An der Sperre hat sich nichts geändert.
not-me-before-title = Der Support weiß es schon
not-me-before = Es wurde schon gemeldet. Ihre Referenz ist { $reference }.
not-me-out-done-title = Überall abgemeldet
not-me-out-done = Jede Sitzung Ihres Kontos ist beendet. An der Sperre hat sich nichts geändert.
not-me-sign-in-text = Mit Ihrem Passwort, wie immer.
not-me-report-subject = Diese Versuche waren nicht von mir
not-me-report = Jemand hat versucht, sich in meinem Konto anzumelden. Ich war das nicht. Ich komme über den Link in meiner Entsperr-Mail.
