### L’e-mail avec un lien de connexion.

mail-link-title = Se connecter à { $tenant }
mail-link-lead = Appuyez sur le bouton dans le navigateur où vous avez demandé le lien :
mail-link-button = Se connecter
mail-link-valid = Le lien fonctionne une seule fois, dans ce navigateur uniquement, et pendant { $wait }.
mail-link-not-you = Si vous ne l’avez pas demandé, vous n’avez rien à faire. Cet e-mail seul ne laisse entrer personne.
mail-link-why = Envoyé parce qu’un lien de connexion a été demandé avec cette adresse.
