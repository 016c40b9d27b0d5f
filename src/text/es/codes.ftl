### Códigos por correo y por SMS.

code-incorrect = El código es incorrecto. Revíselo e inténtelo de nuevo.

mail-code-sign-in = Su código para iniciar sesión en { $tenant }
mail-code-reset = Su código para una contraseña nueva en { $tenant }
mail-code-address = Su código para confirmar su dirección en { $tenant }
mail-code-other = Su código de { $tenant }
mail-code-valid = Funciona una sola vez y durante { $wait }.
mail-code-not-you = Si no lo pidió, no tiene que hacer nada. No se lo dé a nadie.
mail-code-why = Enviado porque se pidió un código con esta dirección.

## Para quien tiene la dirección que se indicó para otra cuenta
mail-claimed-title = Ya tiene una cuenta de { $tenant }
mail-claimed-what = Alguien quiso usar esta dirección para otra cuenta. Ya forma parte de la suya, así que no se hizo nada.
mail-claimed-lead = Si fue usted, inicie sesión con ella:
mail-claimed-button = Iniciar sesión
mail-claimed-not-you = Si no fue usted, no tiene que hacer nada. Nada ha cambiado en su cuenta.
mail-claimed-why = Enviado porque esta dirección se indicó para otra cuenta.

## Un SMS: lo bastante corto para caber en uno.
text-code = { $code } es su código de { $tenant }. No se lo dé a nadie.
