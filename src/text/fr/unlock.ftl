### Le code court d’un e-mail de déverrouillage, et ce que disent les e-mails autour d’un verrouillage.

unlock-code-title = Saisir le code
unlock-code-what = L’e-mail de déverrouillage contient un code de huit chiffres. Il a le même effet que le bouton de l’e-mail.
unlock-code-field = Code de l’e-mail de déverrouillage
unlock-code-hint = Huit chiffres ; les espaces ne comptent pas.
unlock-code-button = Déverrouiller
unlock-code-fault-missing = Saisissez le code de l’e-mail
unlock-code-fault-wrong = Ce code n’est pas le bon, ou il n’est plus valable
unlock-code-cost = Un code peut être essayé cinq fois. Un nouvel e-mail en apporte un autre.
unlock-code-new = Il apporte un nouveau code et un nouveau lien.
held-reset-text = Cela prouve que la messagerie est la vôtre et met aussitôt fin au verrouillage.

## L’e-mail qui met fin à un verrouillage
mail-unlock-origin = { $count ->
    [one] une adresse ({ $network })
   *[other] { $count } adresses (dont { $network })
}
mail-unlock-since = Début du premier verrouillage : { $time }{ $utc }.
mail-unlock-code = Le bouton ne fonctionne pas ? Saisissez ce code sur la page qui indique que la connexion est verrouillée :
mail-unlock-code-text = Le lien ne fonctionne pas ? Saisissez ce code sur la page qui indique que la connexion est verrouillée :
mail-unlock-valid-both = Le lien et le code fonctionnent pendant { $wait }. Ils expirent à cette heure : { $time }{ $utc }.

## L’annonce de la fin d’un verrouillage
mail-unlocked-title = Votre compte { $tenant } est déverrouillé
mail-unlocked-link = Le lien de notre e-mail a mis fin au verrouillage : { $time }{ $utc }. Vous pouvez vous connecter à nouveau.
mail-unlocked-code = Le code de notre e-mail a mis fin au verrouillage : { $time }{ $utc }. Vous pouvez vous connecter à nouveau.
mail-unlocked-reset = Un nouveau mot de passe a mis fin au verrouillage : { $time }{ $utc }. Vous pouvez vous connecter à nouveau.
mail-unlocked-staff = L’équipe de { $tenant } a mis fin au verrouillage : { $time }{ $utc }. Vous pouvez vous connecter à nouveau.
mail-unlocked-not-me = Quelqu’un d’autre lit peut-être vos e-mails. Changez le mot de passe de votre messagerie, puis définissez-en un nouveau ici, et prévenez l’assistance de { $tenant }.
mail-unlocked-why = Envoyé parce qu’un verrouillage de votre compte a pris fin.
