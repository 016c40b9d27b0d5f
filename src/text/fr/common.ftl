### Les mots que plusieurs pages partagent, et les phrases que montrent les programmes.

title = { $page } · { $tenant }
title-error = Erreur : { $page } · { $tenant }
summary-title = Il reste un problème
foot-support = Contacter l’assistance
foot-reference = Référence <span class="mono">{ $reference }</span>

field-identifier = Adresse e-mail
field-password = Mot de passe
button-sign-in = Se connecter
link-reset = Choisir un nouveau mot de passe
link-try-sign-in = Essayer de se connecter

fault-wrong-details = L’adresse e-mail ou le mot de passe n’est pas correct
fault-identifier-missing = Saisissez votre adresse e-mail
fault-identifier-odd = Saisissez une adresse e-mail telle que nom@example.com
fault-password-missing = Saisissez votre mot de passe
two-sentences = { $first } { $second }
password-incorrect = Le mot de passe est incorrect. Réessayez.
tries-left = { $count ->
    [0] Au prochain échec, la connexion sera verrouillée.
    [one] Il reste { $count } essai avant le verrouillage de la connexion.
   *[other] Il reste { $count } essais avant le verrouillage de la connexion.
}

user-locked-timed = Votre compte est verrouillé. Vous pourrez réessayer dans { $wait }. Pour en savoir plus, contactez { $support }.
user-locked-endless = Votre compte est verrouillé. Pour en savoir plus, contactez { $support }.
user-locked-support = l’assistance
