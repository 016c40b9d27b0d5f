### Le formulaire de contact qui connaît le verrouillage, la page d'une demande et ses e-mails.

support-known-change = Ce n’est pas vous ? Modifier
support-name-optional = Votre nom (facultatif)
support-sent-status = Voir votre demande
support-sent-status-text = Sa page affiche la réponse et vous pouvez y ajouter un message. Gardez le lien pour vous : qui l’a peut lire ceci.

request-received = Nous avons votre message
request-received-what = Une personne de { $tenant } va le lire. Votre référence est <b class="mono">{ $reference }</b>.
request-open = L’assistance s’en occupe
request-open-what = La réponse apparaîtra sur cette page. Votre référence est <b class="mono">{ $reference }</b>.
request-answered = L’assistance a répondu
request-answered-what = Lisez la réponse ci-dessous. Si elle n’aide pas, répondez sur cette page.
request-closed = Cette demande est close
request-closed-what = L’équipe de { $tenant } l’a close.
request-signed-in = Vous avez de nouveau accès
request-signed-in-what = La demande s’est close d’elle-même quand vous vous êtes connecté.
request-you = Vous
request-them = Assistance de { $tenant }
request-lock-ends = Le verrouillage prend fin de lui-même à <b>{ $time }</b>
request-lock-endless = Le verrouillage ne prend pas fin de lui-même.
request-add = Ajouter un message
request-add-button = Envoyer le message
request-over = Elle a été close il y a plus d’une semaine. Écrivez un nouveau message s’il reste quelque chose.
request-new = Écrire un nouveau message
request-reset-text = Un nouveau mot de passe par e-mail met aussi fin au verrouillage.

mail-ack-status = Voir votre demande et la réponse, et y ajouter un message :
mail-reply-subject = Réponse à { $reference }
mail-reply-title = Une réponse de l’assistance de { $tenant }
mail-reply-status = Voir toute la demande et répondre :
mail-reply-button = Répondre
mail-reply-why = Envoyé parce que vous avez écrit à l’assistance avec cette adresse.

canned-lock-over = le verrouillage a pris fin
canned-lock-endless = seulement quand il est levé
desk-reset-offer = Quelqu’un a essayé d’accéder à votre compte, et personne n’y est parvenu. Nous le laissons verrouillé. Veuillez définir un nouveau mot de passe ici : { $page }
