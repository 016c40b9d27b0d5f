### El formulario de contacto que conoce el bloqueo, la página de una solicitud y sus correos.

support-known-change = ¿No es usted? Cambiar
support-name-optional = Su nombre (opcional)
support-sent-status = Ver su solicitud
support-sent-status-text = Su página muestra la respuesta y usted puede añadir algo. No comparta el enlace: quien lo tenga puede leer esto.

request-received = Tenemos su mensaje
request-received-what = Una persona de { $tenant } lo leerá a continuación. Su referencia es <b class="mono">{ $reference }</b>.
request-open = El equipo de ayuda lo está mirando
request-open-what = La respuesta aparecerá en esta página. Su referencia es <b class="mono">{ $reference }</b>.
request-answered = El equipo de ayuda ha respondido
request-answered-what = Lea la respuesta más abajo. Si no le sirve, conteste en esta página.
request-closed = Esta solicitud está cerrada
request-closed-what = El equipo de { $tenant } la cerró.
request-signed-in = Ya tiene acceso de nuevo
request-signed-in-what = La solicitud se cerró sola cuando usted inició sesión.
request-you = Usted
request-them = Ayuda de { $tenant }
request-lock-ends = El bloqueo termina por sí solo a las <b>{ $time }</b>
request-lock-endless = El bloqueo no termina por sí solo.
request-add = Añadir un mensaje
request-add-button = Enviar mensaje
request-over = Se cerró hace más de una semana. Escriba un mensaje nuevo si queda algo pendiente.
request-new = Escribir un mensaje nuevo
request-reset-text = Una contraseña nueva por correo también termina el bloqueo.

mail-ack-status = Ver su solicitud y la respuesta, y añadir algo:
mail-reply-subject = Respuesta a { $reference }
mail-reply-title = Una respuesta de la ayuda de { $tenant }
mail-reply-status = Ver toda la solicitud y contestar:
mail-reply-button = Contestar
mail-reply-why = Enviado porque usted escribió a la ayuda con esta dirección.

canned-lock-over = el bloqueo ha terminado
canned-lock-endless = solo cuando se desbloquee
desk-reset-offer = Alguien ha intentado entrar en su cuenta y nadie lo ha conseguido. La dejamos bloqueada. Ponga aquí una contraseña nueva: { $page }
