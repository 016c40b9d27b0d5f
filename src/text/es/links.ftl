### El correo con un enlace para iniciar sesión.

mail-link-title = Iniciar sesión en { $tenant }
mail-link-lead = Pulse el botón en el navegador en el que pidió el enlace:
mail-link-button = Iniciar sesión
mail-link-valid = El enlace funciona una sola vez, solo en ese navegador y durante { $wait }.
mail-link-not-you = Si no lo pidió, no tiene que hacer nada. Con este correo solo no entra nadie.
mail-link-why = Enviado porque se pidió un enlace para iniciar sesión con esta dirección.
