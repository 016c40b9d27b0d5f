### E-mails. La partie en texte dit tout ; la partie en HTML dit la même chose.

mail-hello = Bonjour { $name },
mail-hello-nobody = Bonjour,
mail-never-ask = Personne chez { $tenant } ne vous demandera jamais votre mot de passe.
mail-questions = Questions : { $address }
mail-reference = Référence : { $reference }
mail-utc = {" "}({ $utc })

## Déverrouillage
mail-unlock-subject = Déverrouillez votre compte { $tenant }
mail-unlock-title = Votre compte { $tenant } est verrouillé
mail-unlock-when = { $count ->
    [one] À cette heure, { $time }{ $utc }, { $count } tentative de connexion depuis { $origin } avait échoué. Elle n’a pas abouti.
   *[other] À cette heure, { $time }{ $utc }, { $count } tentatives de connexion depuis { $origin } avaient échoué. Aucune n’a abouti.
}
mail-unlock-when-html = { $count ->
    [one] À cette heure, <b>{ $time }</b>{ $utc }, { $count } tentative de connexion depuis { $origin } avait échoué. Elle n’a pas abouti.
   *[other] À cette heure, <b>{ $time }</b>{ $utc }, { $count } tentatives de connexion depuis { $origin } avaient échoué. Aucune n’a abouti.
}
mail-unlock-origin-unknown = un endroit inconnu
mail-unlock-account = Compte : { $account }
mail-unlock-lead = Si c’était vous, déverrouillez votre compte :
mail-unlock-button = Déverrouiller
mail-unlock-what = Le bouton ouvre une page avec un autre bouton ; appuyez dessus et le verrouillage prend fin. Cela ne vous connecte pas.
mail-unlock-what-text = Le lien ouvre une page avec un bouton ; appuyez dessus et le verrouillage prend fin. Cela ne vous connecte pas.
mail-unlock-valid = Le lien fonctionne pendant { $wait }. Il expire à cette heure : { $time }{ $utc }.
mail-unlock-ends = Le verrouillage prendra aussi fin de lui-même : { $time }{ $utc }. De nouveaux échecs verrouillent à nouveau.
mail-unlock-endless = Le verrouillage ne prend pas fin de lui-même.
mail-unlock-not-me = Si ce n’était pas vous
mail-unlock-not-me-text = Votre mot de passe protège toujours le compte. Vous n’avez rien à faire : le compte reste verrouillé comme indiqué. La même page permet aussi de dire à l’assistance de { $tenant } que ce n’était pas vous.
mail-unlock-copy = Le bouton ne fonctionne pas ? Copiez ceci dans votre navigateur :
mail-unlock-why = Envoyé parce que votre compte a été verrouillé.

## Accusé de réception de l’assistance
mail-ack-subject = Nous avons reçu votre message { $reference }
mail-ack-title = Nous avons reçu votre message
mail-ack-when = Il est arrivé à cette heure : { $time }{ $utc }. Une personne chez { $tenant } le lit et répond à cette adresse.
mail-ack-yours = Ce que vous avez écrit
mail-ack-meanwhile = Vous n’avez plus accès à votre compte ? Inutile de nous attendre : un verrouillage temporaire prend fin de lui-même, et un e-mail de déverrouillage y met fin aussitôt.
mail-ack-unlock = Envoyer un e-mail de déverrouillage
mail-ack-not-you = Si vous ne nous avez pas écrit, vous pouvez ignorer cet e-mail. Rien n’a changé sur aucun compte.
mail-ack-why = Envoyé parce que cette adresse a été indiquée dans un message à l’assistance.
