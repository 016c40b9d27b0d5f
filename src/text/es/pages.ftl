### Páginas. Un mensaje con etiquetas se imprime como HTML; sus argumentos se escapan.

## Inicio de sesión
sign-in-title = Iniciar sesión
sign-in-signed-out = Su sesión está cerrada.
sign-in-signed-out-since = Su sesión terminó a esta hora: { $time }.
sign-in-not-available = No es posible iniciar sesión en este momento. Inténtelo de nuevo en un minuto.

## Bloqueado
locked-title = El inicio de sesión está bloqueado
locked-until = hasta esta hora: <b>{ $time }</b>
locked-relative = ({ $relative })
locked-until-unlocked = hasta que se desbloquee
locked-why = Han fallado demasiados intentos de inicio de sesión de <b>{ $who }</b>. Hasta entonces no se acepta ni la contraseña correcta.
locked-why-endless = Han fallado demasiados intentos de inicio de sesión de <b>{ $who }</b>. Hasta que se desbloquee no se acepta ni la contraseña correcta.
locked-why-staff = El personal de { $tenant } bloqueó el inicio de sesión de <b>{ $who }</b>. Hasta entonces no se acepta ni la contraseña correcta.
locked-why-staff-endless = El personal de { $tenant } bloqueó el inicio de sesión de <b>{ $who }</b>. Solo el personal puede terminar este bloqueo.
locked-why-long-run = Ha fallado un número muy grande de intentos de inicio de sesión de <b>{ $who }</b>. Esperar no termina este bloqueo.
locked-ways = { $count ->
    [1] La forma de volver a entrar
    [2] Dos formas de volver a entrar
    [3] Tres formas de volver a entrar
   *[other] Formas de volver a entrar
}
locked-mail-title = Abra el correo que enviamos
locked-mail-address = Si esta dirección tiene una cuenta, le hemos enviado un correo. Busque «Desbloquee su cuenta de { $tenant }», también en la carpeta de correo no deseado, y pulse el botón que contiene.
locked-mail-name = Si este nombre tiene una cuenta, hemos enviado un correo a la dirección de esa cuenta. Busque «Desbloquee su cuenta de { $tenant }», también en la carpeta de correo no deseado, y pulse el botón que contiene.
locked-mail-again = Enviarlo de nuevo
locked-mail-sent = Enviado de nuevo: { $sent }. Próximo envío posible: { $next }.
locked-mail-pause = Próximo envío posible: { $next }.
locked-reset-text = Eso también termina el bloqueo.
locked-wait-title = Esperar hasta esta hora: { $time }
locked-wait-text = Después, <a href="{ $href }">intente iniciar sesión de nuevo</a>.
locked-check-title = Comprobar de nuevo
locked-check-text = Puede que alguien ya haya terminado el bloqueo.
locked-support-text = El equipo de soporte puede ver este bloqueo. El formulario lleva un minuto.
locked-support-mail = El equipo de soporte puede ver este bloqueo. También puede escribir a { $address }.

## Cerrada
banned-title = No es posible iniciar sesión
banned-why = El personal de { $tenant } cerró la cuenta de <b>{ $who }</b>. Ni esperar ni un correo de desbloqueo cambian eso.
banned-other = Usar otra cuenta
banned-other-text = Esta cuenta sigue cerrada hasta que el personal la abra de nuevo.

## Confirmar un desbloqueo
confirm-title = ¿Desbloquear su cuenta?
confirm-what = Una pulsación termina el bloqueo. Eso no inicia su sesión.
confirm-ended-title = El bloqueo ha terminado
confirm-ended-what = { $count ->
    [one] El bloqueo terminó a esta hora: <b>{ $time }</b>. Una pulsación también borra { $count } fallo. Eso no inicia su sesión.
   *[other] El bloqueo terminó a esta hora: <b>{ $time }</b>. Una pulsación también borra los { $count } fallos. Eso no inicia su sesión.
}
confirm-ended-button = Borrar los fallos
confirm-ended-not-me = Ninguno de los intentos consiguió entrar. Cierre esta página y <a href="{ $href }">avise a soporte</a>.
confirm-account = Cuenta
confirm-locked = Bloqueada
confirm-locked-value = { $count ->
    [one] { $time }, tras { $count } intento fallido
   *[other] { $time }, tras { $count } intentos fallidos
}
confirm-then = Después
confirm-then-value = { $count ->
    [one] tiene { $count } intento con su contraseña
   *[other] tiene { $count } intentos con su contraseña
}
confirm-valid = Validez del enlace
confirm-valid-value = hasta esta hora: { $time }
confirm-button = Desbloquear mi cuenta
confirm-not-me-title = Si no fue usted
confirm-not-me = Ninguno de los intentos consiguió entrar. Cierre esta página para que la cuenta siga bloqueada, y <a href="{ $href }">avise a soporte</a>.

## Desbloqueada
unlocked-title = Su cuenta está desbloqueada
unlocked-since = desde esta hora: <b>{ $time }</b>
unlocked-tries = { $count ->
    [one] Inicie sesión ahora. Tiene { $count } intento.
   *[other] Inicie sesión ahora. Tiene { $count } intentos.
}
unlocked-already-title = Ya está desbloqueada
unlocked-already-since = desde esta hora: <b>{ $time }</b>
unlocked-already-why = Su cuenta está abierta. Inicie sesión abajo.
unlocked-ended-title = El bloqueo ha terminado
unlocked-ended-since = por sí solo, a esta hora: <b>{ $time }</b>
unlocked-ended-why = Inicie sesión ahora. No necesita el enlace del correo.
unlocked-unsure = ¿No está seguro de su contraseña? <a href="{ $href }">Elija una nueva</a>.

## Enlaces que ya no funcionan
dead-expired-title = Este enlace ha caducado
dead-expired-at = a esta hora: <b>{ $time }</b>
dead-expired-why = Los enlaces de desbloqueo funcionan durante { $wait }. Usted no hizo nada mal.
dead-superseded-title = Este enlace ya no es actual
dead-superseded-why = Pertenece a un bloqueo anterior.
dead-forged-title = Este enlace no funciona
dead-forged-why = Puede que se haya cortado por el camino. Copie el enlace completo del correo o pida que le envíen uno nuevo.
dead-button = Enviar otro correo
dead-known-hint = Llega a la dirección que recibió este enlace.
dead-sign-in-text = Puede que el bloqueo haya terminado por sí solo.
dead-reset-text = Eso también termina un bloqueo.

## Un bloqueo que este enlace no puede terminar
held-staff-title = Bloqueada por el personal
held-staff-why = El personal de { $tenant } puso este bloqueo. Un enlace de desbloqueo no lo termina.
held-long-run-title = Sigue bloqueada
held-long-run-why = Los intentos llevan fallando demasiado tiempo. Un enlace de desbloqueo no termina este bloqueo; soporte sí puede.
held-long-run-why-reset = Los intentos llevan fallando demasiado tiempo. Una contraseña nueva termina este bloqueo, y soporte también puede.
held-limit-title = No hay más desbloqueos por hoy
held-limit-until = el próximo es posible a esta hora: <b>{ $time }</b>
held-limit-why = { $count ->
    [one] Esta cuenta se desbloqueó por correo una vez en 24 horas, el máximo permitido.
   *[other] Esta cuenta se desbloqueó por correo { $count } veces en 24 horas, el máximo permitido.
}
held-endless = hasta que el personal lo termine
held-support-title = Pregunte al personal de { $tenant }
held-support-text = Pueden terminar este bloqueo y decirle por qué está ahí.

## Pedir un correo de desbloqueo
request-title = Enviar un correo de desbloqueo
request-what = Si su cuenta está bloqueada, le enviamos un correo con un botón que la desbloquea.
request-button = Enviar el correo
requested-title = Mire su correo
requested-at = pedido a esta hora: <b>{ $time }</b>
requested-what = Si <b>{ $who }</b> tiene una cuenta que está bloqueada, hay un correo en camino. Puede tardar un minuto.
requested-what-known = Si la cuenta sigue bloqueada, hay un correo en camino a la dirección que recibió el enlace. Puede tardar un minuto.
requested-missing-title = ¿No llega el correo?
requested-missing = Busque «Desbloquee su cuenta de { $tenant }» en la carpeta de correo no deseado. Próximo envío posible: { $next }.
requested-again = Pedirlo de nuevo

## Soporte
support-title = Contactar con el soporte de { $tenant }
support-what = Una persona lee esto y responde por correo.
support-what-mail = Una persona lee esto y responde por correo. También puede escribir a <a href="mailto:{ $address }">{ $address }</a>.
support-known-title = Ya sabemos lo del bloqueo
support-known = { $who }, bloqueo hasta esta hora: { $time }
support-known-endless = { $who }, bloqueo sin plazo
support-name = Su nombre
support-identifier-hint = El que usa para iniciar sesión.
support-subject = ¿De qué se trata?
support-subject-no-mail = No llegó ningún correo de desbloqueo
support-subject-link = El enlace no funciona
support-subject-not-me = No fui yo
support-subject-password = Olvidé mi contraseña
support-subject-other = Otra cosa
support-message = Mensaje
support-message-hint = No escriba aquí su contraseña. Nadie de { $tenant } se la pedirá.
support-button = Enviar a soporte
support-after = Recibe una referencia al instante y la respuesta por correo.
support-trap = Deje este campo vacío
support-fault-name = Escriba su nombre
support-fault-name-long = Escriba un nombre más corto
support-fault-name-odd = Escriba su nombre en una sola línea, sin caracteres especiales
support-fault-subject = Elija de qué se trata
support-fault-message = Escriba un mensaje
support-fault-message-long = Escriba un mensaje más corto, de { $count } caracteres como máximo
support-fault-message-odd = Quite los caracteres especiales que no se pueden mostrar
support-sent-title = Hemos recibido su mensaje
support-sent-at = a esta hora: <b>{ $time }</b>
support-sent-what = Una persona de { $tenant } responde por correo. Su referencia es <b class="mono">{ $reference }</b>.
support-sent-copy = Una copia va en camino por correo.
support-sent-yours = Lo que escribió
support-sent-meanwhile = Mientras tanto
support-sent-unlock = Enviar un correo de desbloqueo
support-sent-unlock-text = Si su cuenta está bloqueada, esta es la forma más rápida de volver a entrar.
support-sent-sign-in-text = Un bloqueo temporal termina por sí solo.

## Cuenta
account-title = Ha iniciado sesión
account-since = desde esta hora: <b>{ $time }</b>
account-name = Nombre
account-identifier = Sesión iniciada como
account-tenant = En
account-button = Cerrar sesión
account-done = Puede cerrar esta página o volver al lugar de donde vino.

## Lo que salió mal
fault-not-found-title = Esa página no existe
fault-not-found = Puede que la dirección esté mal escrita o que la página se haya movido.
fault-wrong-method-title = Esta página funciona de otra manera
fault-wrong-method = Aquí hay una página, pero no se puede usar así. Empiece de nuevo por el inicio de sesión.
fault-bad-request-title = Eso no llegó completo
fault-bad-request = Una parte de lo que envió su navegador no se pudo leer. Vuelva atrás e inténtelo de nuevo.
fault-too-large-title = Eso fue demasiado
fault-too-large = Lo que envió su navegador es mayor que cualquier formulario de aquí. Acórtelo e inténtelo de nuevo.
fault-other-site-title = Enviado desde otra página
fault-other-site = Por su seguridad, esto solo funciona desde nuestras propias páginas. Abra la página de nuevo y repítalo allí.
fault-too-many-title = Demasiadas solicitudes
fault-too-many = No se ha perdido nada. Inténtelo de nuevo en { $wait }.
fault-unavailable-title = Inténtelo en un minuto
fault-unavailable = Algo de nuestra parte no funciona en este momento. Usted no hizo nada mal.
fault-button = Ir a iniciar sesión
fault-retry = Intentar de nuevo
fault-no-tenant = No hay ninguna página de inicio de sesión en esta dirección. Compruebe la dirección que le dieron.
