### Los pasos de un inicio de sesión además de la contraseña.

sign-in-start-again = Inicie sesión de nuevo. Ha pasado demasiado tiempo o la cuenta ha cambiado entretanto.
button-mail-code = Enviarme un código
button-continue = Continuar
button-new-code = Enviar otro código
button-save-password = Guardar contraseña

## Códigos por correo
code-ask-title = Entrar con un código
code-ask-what = Le enviamos un código de seis cifras que sirve una sola vez.
reset-what = Le enviamos un código. Con él elige una contraseña nueva, lo que también pone fin a un bloqueo.
code-password = Usar la contraseña
code-fault-no-address = Escriba la dirección de correo de su cuenta: allí se envía el código
code-title = Escriba el código
code-what = Si <b>{ $who }</b> tiene una cuenta, un correo con un código está en camino. Puede tardar un minuto.
code-field = Código del correo
code-hint = Seis cifras.
code-hint-until = Seis cifras. Vale hasta { $time }.
code-missing-title = ¿No llega el correo?
code-missing = Mire también en la carpeta de spam.
code-pause = Otro código es posible a las { $next }.
code-other-address = Usar otra dirección
code-fault-missing = Escriba el código
code-fault-wrong = El código no es correcto
code-fault-expired = Este código ha caducado
code-fault-spent = Este código se ha probado demasiadas veces

## Una contraseña nueva
new-password-what = Para <b>{ $who }</b>.
new-password-field = Contraseña nueva
new-password-hint = Al menos { $count } caracteres.
new-password-others = Cerrar sesión en todos los demás dispositivos
new-password-fault-missing = Escriba una contraseña nueva
new-password-fault-short = Escriba una contraseña nueva de al menos { $count } caracteres
new-password-fault-long = Escriba una contraseña nueva más corta
new-password-fault-same = Escriba una contraseña nueva distinta de la actual

## El segundo paso
second-title = Escriba el código de la aplicación
second-what = Abra su aplicación de autenticación para <b>{ $who }</b>.
second-field = Código de la aplicación
second-hint = Seis cifras. Cambian cada 30 segundos.
second-to-recovery = Usar un código de recuperación
second-to-recovery-text = Uno de los que guardó al configurar la aplicación.
second-recovery-title = Escriba un código de recuperación
second-recovery-what = Uno de los que guardó para <b>{ $who }</b>. Cada uno sirve una sola vez.
second-recovery-field = Código de recuperación
second-to-app = Usar la aplicación
second-other = Entrar con otra cuenta

## Un enlace que inicia sesión
ticket-title = Entrar con este enlace
ticket-what = Este enlace inicia sesión como <b>{ $who }</b>. Sirve una sola vez.
ticket-not-me-title = Si no es usted
ticket-not-me = Cierre esta página. No ocurre nada hasta que pulse el botón.
ticket-dead-forged = Puede que se haya cortado por el camino. Copie el enlace entero.
ticket-dead-expired = Ha caducado.
ticket-dead-revoked = Ha sido retirado.
ticket-dead-used = Ya se ha usado, y sirve una sola vez.
ticket-dead-void = La cuenta para la que es ya no se puede usar.
ticket-dead-next = O pida otro enlace a quien se lo envió.
