### Pages. Un message qui contient des balises est imprimé en HTML ; ses arguments sont échappés.

## Connexion
sign-in-title = Se connecter
sign-in-signed-out = Vous êtes déconnecté.
sign-in-signed-out-since = Votre session a pris fin à cette heure : { $time }.
sign-in-not-available = La connexion n’est pas possible pour le moment. Réessayez dans une minute.

## Verrouillé
locked-title = La connexion est verrouillée
locked-until = jusqu’à cette heure : <b>{ $time }</b>
locked-relative = ({ $relative })
locked-until-unlocked = jusqu’au déverrouillage
locked-why = Trop de tentatives de connexion ont échoué pour <b>{ $who }</b>. D’ici là, même le bon mot de passe n’est pas accepté.
locked-why-endless = Trop de tentatives de connexion ont échoué pour <b>{ $who }</b>. Jusqu’au déverrouillage, même le bon mot de passe n’est pas accepté.
locked-why-staff = L’équipe de { $tenant } a verrouillé la connexion pour <b>{ $who }</b>. D’ici là, même le bon mot de passe n’est pas accepté.
locked-why-staff-endless = L’équipe de { $tenant } a verrouillé la connexion pour <b>{ $who }</b>. Elle seule peut mettre fin à ce verrouillage.
locked-why-long-run = Un très grand nombre de tentatives de connexion ont échoué pour <b>{ $who }</b>. Attendre ne met pas fin à ce verrouillage.
locked-ways = { $count ->
    [1] Une façon de retrouver l’accès
    [2] Deux façons de retrouver l’accès
    [3] Trois façons de retrouver l’accès
   *[other] Façons de retrouver l’accès
}
locked-mail-title = Ouvrez l’e-mail que nous avons envoyé
locked-mail-address = Si un compte existe pour cette adresse, nous y avons envoyé un e-mail. Cherchez « Déverrouillez votre compte { $tenant } », aussi dans le dossier des indésirables, et appuyez sur le bouton qu’il contient.
locked-mail-name = Si un compte existe pour ce nom, nous avons envoyé un e-mail à l’adresse de ce compte. Cherchez « Déverrouillez votre compte { $tenant } », aussi dans le dossier des indésirables, et appuyez sur le bouton qu’il contient.
locked-mail-again = L’envoyer à nouveau
locked-mail-sent = Envoyé à nouveau : { $sent }. Prochain envoi possible : { $next }.
locked-mail-pause = Prochain envoi possible : { $next }.
locked-reset-text = Cela met aussi fin au verrouillage.
locked-wait-title = Attendre jusqu’à cette heure : { $time }
locked-wait-text = Ensuite, <a href="{ $href }">essayez à nouveau de vous connecter</a>.
locked-check-title = Vérifier à nouveau
locked-check-text = Quelqu’un a peut-être déjà mis fin au verrouillage.
locked-support-text = L’assistance peut voir ce verrouillage. Le formulaire prend une minute.
locked-support-mail = L’assistance peut voir ce verrouillage. Vous pouvez aussi écrire à { $address }.

## Fermé
banned-title = La connexion n’est pas possible
banned-why = L’équipe de { $tenant } a fermé le compte de <b>{ $who }</b>. Ni l’attente ni un e-mail de déverrouillage n’y changent rien.
banned-other = Utiliser un autre compte
banned-other-text = Ce compte reste fermé jusqu’à ce que l’équipe le rouvre.

## Confirmer un déverrouillage
confirm-title = Déverrouiller votre compte ?
confirm-what = Une pression met fin au verrouillage. Cela ne vous connecte pas.
confirm-ended-title = Le verrouillage a pris fin
confirm-ended-what = { $count ->
    [one] Le verrouillage a pris fin à cette heure : <b>{ $time }</b>. Une pression efface aussi { $count } échec. Cela ne vous connecte pas.
   *[other] Le verrouillage a pris fin à cette heure : <b>{ $time }</b>. Une pression efface aussi les { $count } échecs. Cela ne vous connecte pas.
}
confirm-ended-button = Effacer les échecs
confirm-ended-not-me = Aucune des tentatives n’a abouti. Fermez cette page et <a href="{ $href }">prévenez l’assistance</a>.
confirm-account = Compte
confirm-locked = Verrouillé
confirm-locked-value = { $count ->
    [one] { $time }, après { $count } échec
   *[other] { $time }, après { $count } échecs
}
confirm-then = Ensuite
confirm-then-value = { $count ->
    [one] vous avez { $count } essai avec votre mot de passe
   *[other] vous avez { $count } essais avec votre mot de passe
}
confirm-valid = Validité du lien
confirm-valid-value = jusqu’à cette heure : { $time }
confirm-button = Déverrouiller
confirm-not-me-title = Si ce n’était pas vous
confirm-not-me = Aucune des tentatives n’a abouti. Fermez cette page pour que le compte reste verrouillé, et <a href="{ $href }">prévenez l’assistance</a>.

## Déverrouillé
unlocked-title = Votre compte est déverrouillé
unlocked-since = depuis cette heure : <b>{ $time }</b>
unlocked-tries = { $count ->
    [one] Connectez-vous maintenant. Vous avez { $count } essai.
   *[other] Connectez-vous maintenant. Vous avez { $count } essais.
}
unlocked-already-title = Déjà déverrouillé
unlocked-already-since = depuis cette heure : <b>{ $time }</b>
unlocked-already-why = Votre compte est ouvert. Connectez-vous ci-dessous.
unlocked-ended-title = Le verrouillage a pris fin
unlocked-ended-since = de lui-même, à cette heure : <b>{ $time }</b>
unlocked-ended-why = Connectez-vous maintenant. Le lien reçu par e-mail n’est pas nécessaire.
unlocked-unsure = Vous n’êtes pas sûr de votre mot de passe ? <a href="{ $href }">Choisissez-en un nouveau</a>.

## Liens qui ne fonctionnent plus
dead-expired-title = Ce lien a expiré
dead-expired-at = à cette heure : <b>{ $time }</b>
dead-expired-why = Les liens de déverrouillage fonctionnent pendant { $wait }. Vous n’avez rien fait de mal.
dead-superseded-title = Ce lien est périmé
dead-superseded-why = Il se rapporte à un verrouillage antérieur.
dead-forged-title = Ce lien ne fonctionne pas
dead-forged-why = Il a peut-être été coupé en chemin. Copiez le lien entier depuis l’e-mail, ou faites-vous en envoyer un nouveau.
dead-button = Envoyer un autre lien
dead-known-hint = Il part à l’adresse qui a reçu ce lien.
dead-sign-in-text = Le verrouillage a peut-être pris fin de lui-même.
dead-reset-text = Cela met aussi fin à un verrouillage.

## Un verrouillage auquel ce lien ne peut pas mettre fin
held-staff-title = Verrouillé par l’équipe
held-staff-why = L’équipe de { $tenant } a posé ce verrouillage. Un lien de déverrouillage n’y met pas fin.
held-long-run-title = Toujours verrouillé
held-long-run-why = Des tentatives échouent depuis trop longtemps. Un lien de déverrouillage ne met pas fin à ce verrouillage ; l’assistance le peut.
held-long-run-why-reset = Des tentatives échouent depuis trop longtemps. Un nouveau mot de passe met fin à ce verrouillage, et l’assistance le peut aussi.
held-limit-title = Plus de déverrouillage aujourd’hui
held-limit-until = le prochain est possible à cette heure : <b>{ $time }</b>
held-limit-why = { $count ->
    [one] Ce compte a été déverrouillé par e-mail une fois en 24 heures, le maximum autorisé.
   *[other] Ce compte a été déverrouillé par e-mail { $count } fois en 24 heures, le maximum autorisé.
}
held-endless = jusqu’à ce que l’équipe y mette fin
held-support-title = Demandez à l’équipe de { $tenant }
held-support-text = Elle peut mettre fin à ce verrouillage et vous dire pourquoi il est là.

## Demander un e-mail de déverrouillage
request-title = Envoyer un e-mail de déverrouillage
request-what = Si votre compte est verrouillé, nous vous envoyons un e-mail avec un bouton qui le déverrouille.
request-button = Envoyer l’e-mail
requested-title = Regardez vos e-mails
requested-at = demandé à cette heure : <b>{ $time }</b>
requested-what = Si <b>{ $who }</b> a un compte qui est verrouillé, un e-mail est en route. Cela peut prendre une minute.
requested-what-known = Si le compte est toujours verrouillé, un e-mail est en route vers l’adresse qui a reçu le lien. Cela peut prendre une minute.
requested-missing-title = Pas d’e-mail ?
requested-missing = Cherchez « Déverrouillez votre compte { $tenant } » dans le dossier des indésirables. Prochain envoi possible : { $next }.
requested-again = Demander à nouveau

## Assistance
support-title = Contacter l’assistance de { $tenant }
support-what = Une personne lit ceci et répond par e-mail.
support-what-mail = Une personne lit ceci et répond par e-mail. Vous pouvez aussi écrire à <a href="mailto:{ $address }">{ $address }</a>.
support-known-title = Nous savons déjà pour le verrouillage
support-known = { $who }, verrouillé jusqu’à cette heure : { $time }
support-known-endless = { $who }, verrouillé
support-name = Votre nom
support-identifier-hint = Celle avec laquelle vous vous connectez.
support-subject = De quoi s’agit-il ?
support-subject-no-mail = Je n’ai pas reçu d’e-mail de déverrouillage
support-subject-link = Le lien ne fonctionne pas
support-subject-not-me = Ce n’était pas moi
support-subject-password = J’ai oublié mon mot de passe
support-subject-other = Autre chose
support-message = Message
support-message-hint = N’écrivez pas votre mot de passe ici. Personne chez { $tenant } ne vous le demandera.
support-button = Envoyer le message
support-after = Vous recevez une référence tout de suite et la réponse par e-mail.
support-trap = Laissez ce champ vide
support-fault-name = Saisissez votre nom
support-fault-name-long = Saisissez un nom plus court
support-fault-name-odd = Saisissez votre nom sur une seule ligne, sans caractères spéciaux
support-fault-subject = Choisissez de quoi il s’agit
support-fault-message = Écrivez un message
support-fault-message-long = Écrivez un message plus court, { $count } caractères au plus
support-fault-message-odd = Retirez les caractères spéciaux qui ne peuvent pas être affichés
support-sent-title = Nous avons reçu votre message
support-sent-at = à cette heure : <b>{ $time }</b>
support-sent-what = Une personne chez { $tenant } répond par e-mail. Votre référence est <b class="mono">{ $reference }</b>.
support-sent-copy = Une copie est en route vers vous par e-mail.
support-sent-yours = Ce que vous avez écrit
support-sent-meanwhile = En attendant
support-sent-unlock = Envoyer un e-mail de déverrouillage
support-sent-unlock-text = Si votre compte est verrouillé, c’est le moyen le plus rapide d’y revenir.
support-sent-sign-in-text = Un verrouillage temporaire prend fin de lui-même.

## Compte
account-title = Vous êtes connecté
account-since = depuis cette heure : <b>{ $time }</b>
account-name = Nom
account-identifier = Connecté en tant que
account-tenant = Chez
account-button = Se déconnecter
account-done = Vous pouvez fermer cette page, ou revenir là d’où vous venez.

## Ce qui s’est mal passé
fault-not-found-title = Cette page n’existe pas
fault-not-found = L’adresse est peut-être mal saisie, ou la page a été déplacée.
fault-wrong-method-title = Cette page fonctionne autrement
fault-wrong-method = Il y a une page ici, mais elle ne s’utilise pas ainsi. Recommencez par la connexion.
fault-bad-request-title = Tout n’est pas arrivé
fault-bad-request = Une partie de ce que votre navigateur a envoyé n’a pas pu être lue. Revenez en arrière et réessayez.
fault-too-large-title = C’était trop
fault-too-large = Ce que votre navigateur a envoyé dépasse tous les formulaires d’ici. Raccourcissez-le et réessayez.
fault-other-site-title = Envoyé depuis une autre page
fault-other-site = Pour votre sécurité, cela ne fonctionne que depuis nos propres pages. Ouvrez la page à nouveau et recommencez là.
fault-too-many-title = Trop de demandes
fault-too-many = Rien n’est perdu. Réessayez dans { $wait }.
fault-unavailable-title = Réessayez dans une minute
fault-unavailable = Quelque chose ne fonctionne pas chez nous en ce moment. Vous n’avez rien fait de mal.
fault-button = Aller à la connexion
fault-retry = Réessayer
fault-no-tenant = Il n’y a pas de page de connexion à cette adresse. Vérifiez l’adresse que l’on vous a donnée.
