### Les étapes d’une connexion en plus du mot de passe.

sign-in-start-again = Veuillez vous reconnecter. Cela a pris trop de temps, ou le compte a été modifié entre-temps.
button-mail-code = Recevoir un code
button-continue = Continuer
button-new-code = Envoyer un code
button-save-password = Enregistrer

## Codes par e-mail
code-ask-title = Se connecter avec un code
code-ask-what = Nous vous envoyons un code à six chiffres qui sert une seule fois.
reset-what = Nous vous envoyons un code. Il permet de choisir un nouveau mot de passe, ce qui met aussi fin à un verrouillage.
code-password = Utiliser plutôt le mot de passe
code-fault-no-address = Saisissez l’adresse e-mail de votre compte : le code y est envoyé
code-title = Saisissez le code
code-what = Si <b>{ $who }</b> a un compte, un e-mail avec un code est en route. Cela peut prendre une minute.
code-field = Code reçu par e-mail
code-hint = Six chiffres.
code-hint-until = Six chiffres. Valable jusqu’à { $time }.
code-missing-title = Pas d’e-mail ?
code-missing = Regardez aussi dans les indésirables.
code-pause = Un nouveau code est possible à { $next }.
code-other-address = Utiliser une autre adresse
code-fault-missing = Saisissez le code
code-fault-wrong = Le code n’est pas correct
code-fault-expired = Ce code a expiré
code-fault-spent = Ce code a été essayé trop souvent

## Un nouveau mot de passe
new-password-what = Pour <b>{ $who }</b>.
new-password-field = Nouveau mot de passe
new-password-hint = Au moins { $count } caractères.
new-password-others = Se déconnecter de tous les autres appareils
new-password-fault-missing = Saisissez un nouveau mot de passe
new-password-fault-short = Saisissez un nouveau mot de passe d’au moins { $count } caractères
new-password-fault-long = Saisissez un nouveau mot de passe plus court
new-password-fault-same = Saisissez un nouveau mot de passe différent de l’actuel

## La deuxième étape
second-title = Saisissez le code de l’application
second-what = Ouvrez votre application d’authentification pour <b>{ $who }</b>.
second-field = Code de l’application
second-hint = Six chiffres. Ils changent toutes les 30 secondes.
second-to-recovery = Utiliser plutôt un code de secours
second-to-recovery-text = Un de ceux que vous avez gardés en configurant l’application.
second-recovery-title = Saisissez un code de secours
second-recovery-what = Un de ceux que vous avez gardés pour <b>{ $who }</b>. Chacun sert une seule fois.
second-recovery-field = Code de secours
second-to-app = Utiliser plutôt l’application
second-other = Se connecter avec un autre compte

## Un lien qui connecte
ticket-title = Se connecter avec ce lien
ticket-what = Ce lien vous connecte en tant que <b>{ $who }</b>. Il sert une seule fois.
ticket-not-me-title = Si ce n’est pas vous
ticket-not-me = Fermez cette page. Rien ne se passe avant que vous appuyiez sur le bouton.
ticket-dead-forged = Il a peut-être été coupé en route. Copiez le lien entier.
ticket-dead-expired = Il a expiré.
ticket-dead-revoked = Il a été retiré.
ticket-dead-used = Il a déjà servi, et ne sert qu’une fois.
ticket-dead-void = Le compte auquel il est destiné ne peut plus être utilisé.
ticket-dead-next = Ou demandez un nouveau lien à la personne qui vous l’a envoyé.
