### Codes par e-mail et par SMS.

code-incorrect = Le code est incorrect. Vérifiez-le et réessayez.

mail-code-sign-in = Votre code de connexion à { $tenant }
mail-code-reset = Votre code pour un nouveau mot de passe chez { $tenant }
mail-code-address = Votre code pour confirmer votre adresse chez { $tenant }
mail-code-other = Votre code de { $tenant }
mail-code-valid = Il fonctionne une seule fois, et pendant { $wait }.
mail-code-not-you = Si vous ne l’avez pas demandé, vous n’avez rien à faire. Ne le donnez à personne.
mail-code-why = Envoyé parce qu’un code a été demandé avec cette adresse.

## À qui possède l’adresse indiquée pour un autre compte
mail-claimed-title = Vous avez déjà un compte { $tenant }
mail-claimed-what = Quelqu’un a voulu utiliser cette adresse pour un autre compte. Elle fait déjà partie du vôtre, rien n’a donc été fait.
mail-claimed-lead = Si c’était vous, connectez-vous plutôt avec elle :
mail-claimed-button = Se connecter
mail-claimed-not-you = Si ce n’était pas vous, vous n’avez rien à faire. Rien n’a changé sur votre compte.
mail-claimed-why = Envoyé parce que cette adresse a été indiquée pour un autre compte.

## Un SMS : assez court pour tenir en un seul.
text-code = { $code } est votre code de { $tenant }. Ne le donnez à personne.
