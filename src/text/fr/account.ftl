### Les pages de son propre compte.

account-back = Retour à votre compte
account-password = Changer le mot de passe
account-password-first = Définir un mot de passe
account-app-on = Activée
account-app-off = Désactivée
account-done-password = Votre mot de passe est changé.
account-done-app-on = L’application d’authentification est activée. La connexion demande désormais son code.
account-done-app-off = L’application d’authentification est désactivée, et ses codes de secours sont supprimés.
account-done-device = Cet appareil est déconnecté.
account-done-others = Tous les autres appareils sont déconnectés.
account-done-language = Enregistré.
account-done-forgotten = Ce navigateur est oublié.
account-done-forgotten-others = Tous les autres navigateurs sont oubliés.
account-done-forgotten-all = Tous les navigateurs sont oubliés.

## Le mot de passe actuel
present-title = Confirmez que c’est bien vous
present-what = Avant de changer la façon dont <b>{ $who }</b> se connecte, saisissez encore une fois le mot de passe.
present-again = Avant de changer la façon dont <b>{ $who }</b> se connecte, déconnectez-vous et reconnectez-vous.
present-field = Mot de passe actuel
present-fault-missing = Saisissez le mot de passe actuel
present-fault-wrong = Le mot de passe actuel n’est pas correct

## Application d’authentification
app-title = Application d’authentification
app-since = activée depuis <b>{ $time }</b>
app-on-what = Après le mot de passe, la connexion demande un code de l’application.
app-off-what = Un code qui change toutes les 30 secondes arrête quiconque ne connaît que le mot de passe.
app-begin-button = Configurer
app-replace-title = Un nouveau téléphone ?
app-replace-what = L’application actuelle compte jusqu’à ce que la nouvelle soit confirmée.
app-replace-button = Changer d’appli
app-remove-title = Retirer l’application
app-remove-what = Le mot de passe seul suffira alors pour se connecter, et les codes de secours seront supprimés.
app-remove-button = Retirer l’application
app-set-up-title = Configurer une application
app-set-up-what = Scannez l’image avec une application d’authentification sur votre téléphone, puis saisissez le code qu’elle affiche.
app-qr = Code QR qui contient la clé de l’application
app-open = Ouvrir dans une application sur cet appareil
app-secret = Ou saisissez cette clé dans l’application
app-secret-once = Elle n’est affichée qu’une fois.
app-confirm-hint = Six chiffres. Ils montrent que l’application a la bonne clé.
app-confirm-button = Activer
app-cancel = Ne rien changer
app-start-again-title = La clé n’est pas dans l’application ?
app-start-again-what = Cette clé ne compte plus.
app-start-again-button = Recommencer

## Codes de secours
recovery-title = Codes de secours
recovery-what = Chacun remplace une fois un code de l’application, si le téléphone est perdu.
recovery-some = Vous avez des codes qui n’ont pas encore servi. De nouveaux codes les remplacent.
recovery-none = Vous n’en avez aucun.
recovery-button = Créer dix codes
recovery-back = Retour à l’application
recovery-new-title = Vos codes de secours
recovery-new-what = Imprimez-les ou gardez-les en lieu sûr, pas sur le téléphone avec l’application.
recovery-once = Ils ne sont affichés qu’une fois. Chacun sert une seule fois.
recovery-kept-button = Je les ai gardés

## Sessions
sessions-title = Appareils connectés
sessions-what = Où votre compte est connecté en ce moment.
sessions-here = Cet appareil
sessions-from = Depuis { $place }
sessions-somewhere = Un autre appareil
sessions-began = Connexion : { $time }.
sessions-began-password = Connexion : { $time }, avec le mot de passe.
sessions-began-code = Connexion : { $time }, avec un code reçu par e-mail.
sessions-used = Dernière utilisation : { $time }.
sessions-button = Tous les déconnecter

## Navigateurs connus
devices-title = Navigateurs connus
devices-what = Les navigateurs qui se sont déjà connectés à votre compte. Quand les essais d’autrui verrouillent votre compte, ceux-ci peuvent encore se connecter.
devices-none = Aucun navigateur n’est encore connu. Il le devient en se connectant.
devices-here = Ce navigateur
devices-browser-on = { $browser } sur { $system }
devices-some-on = Un navigateur sur { $system }
devices-some = Un navigateur
devices-used = Dernière connexion : { $time }.
devices-used-from = Dernière connexion : { $time }, depuis { $place }.
devices-button = Oublier
devices-button-others = Oublier les autres
devices-button-all = Tout oublier
devices-after = Oublier un navigateur ne déconnecte personne.

## Langue
language-title = Langue et fuseau horaire
language-what = Pour vos pages et les e-mails que vous recevez.
language-field = Langue
language-zone = Fuseau horaire
language-zone-hint = Un lieu comme Europe/Paris, ou UTC.
language-fault-zone = Saisissez un fuseau horaire comme Europe/Paris
language-button = Enregistrer
