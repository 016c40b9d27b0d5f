### « Ce n’était pas moi », derrière un lien de déverrouillage.

not-me-title = Ce n’était pas vous ?
not-me-what = Aucune des tentatives n’a abouti. Rien sur cette page ne verrouille ni ne déverrouille le compte, et le lien de votre e-mail reste valable.
not-me-tell-title = Prévenir l’assistance
not-me-tell-what = Elle voit quand et d’où viennent les tentatives. Vous en recevez une copie par e-mail.
not-me-tell-button = Prévenir l’assistance
not-me-out-title = Se déconnecter partout
not-me-out-what = Met fin à toutes les sessions de votre compte, la vôtre aussi.
not-me-out-button = Tout déconnecter
not-me-reset-text = Si vous pensez que quelqu’un connaît votre mot de passe.
not-me-back = C’était bien moi
not-me-back-text = La page qui déverrouille le compte.
not-me-told-title = L’assistance est prévenue
not-me-told = Votre référence est { $reference }. Le verrouillage n’a pas changé.
not-me-before-title = L’assistance le sait déjà
not-me-before = C’était déjà signalé. Votre référence est { $reference }.
not-me-out-done-title = Déconnecté partout
not-me-out-done = Toutes les sessions de votre compte sont terminées. Le verrouillage n’a pas changé.
not-me-sign-in-text = Avec votre mot de passe, comme toujours.
not-me-report-subject = Ces tentatives ne sont pas les miennes
not-me-report = Quelqu’un a essayé de se connecter à mon compte. Ce n’était pas moi. Je viens par le lien de mon e-mail de déverrouillage.
