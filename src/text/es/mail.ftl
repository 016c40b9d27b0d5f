### Correos. La parte de texto lo dice todo; la parte HTML dice lo mismo.

mail-hello = Hola, { $name }:
mail-hello-nobody = Hola:
mail-never-ask = Nadie de { $tenant } le pedirá nunca su contraseña.
mail-questions = Preguntas: { $address }
mail-reference = Referencia: { $reference }
mail-utc = {" "}({ $utc })

## Desbloqueo
mail-unlock-subject = Desbloquee su cuenta de { $tenant }
mail-unlock-title = Su cuenta de { $tenant } está bloqueada
mail-unlock-when = { $count ->
    [one] A esta hora, { $time }{ $utc }, había fallado { $count } intento de inicio de sesión desde { $origin }. No consiguió entrar.
   *[other] A esta hora, { $time }{ $utc }, habían fallado { $count } intentos de inicio de sesión desde { $origin }. Ninguno consiguió entrar.
}
mail-unlock-when-html = { $count ->
    [one] A esta hora, <b>{ $time }</b>{ $utc }, había fallado { $count } intento de inicio de sesión desde { $origin }. No consiguió entrar.
   *[other] A esta hora, <b>{ $time }</b>{ $utc }, habían fallado { $count } intentos de inicio de sesión desde { $origin }. Ninguno consiguió entrar.
}
mail-unlock-origin-unknown = un lugar desconocido
mail-unlock-account = Cuenta: { $account }
mail-unlock-lead = Si fue usted, desbloquee su cuenta:
mail-unlock-button = Desbloquear mi cuenta
mail-unlock-what = El botón abre una página con otro botón; púlselo y el bloqueo termina. Eso no inicia su sesión.
mail-unlock-what-text = El enlace abre una página con un botón; púlselo y el bloqueo termina. Eso no inicia su sesión.
mail-unlock-valid = El enlace funciona durante { $wait }. Caduca a esta hora: { $time }{ $utc }.
mail-unlock-ends = El bloqueo también termina por sí solo: { $time }{ $utc }. Nuevos fallos vuelven a bloquear la cuenta.
mail-unlock-endless = El bloqueo no termina por sí solo.
mail-unlock-not-me = Si no fue usted
mail-unlock-not-me-text = Su contraseña sigue protegiendo la cuenta. No tiene que hacer nada: la cuenta sigue bloqueada como se indica. En la misma página también puede decir al equipo de soporte de { $tenant } que no fue usted.
mail-unlock-copy = ¿No funciona el botón? Copie esto en su navegador:
mail-unlock-why = Enviado porque su cuenta se bloqueó.

## Acuse de recibo de soporte
mail-ack-subject = Hemos recibido su mensaje { $reference }
mail-ack-title = Hemos recibido su mensaje
mail-ack-when = Llegó a esta hora: { $time }{ $utc }. Una persona de { $tenant } lo lee y responde a esta dirección.
mail-ack-yours = Lo que escribió
mail-ack-meanwhile = ¿No puede entrar? No hace falta que nos espere: un bloqueo temporal termina por sí solo, y un correo de desbloqueo lo termina al instante.
mail-ack-unlock = Enviar un correo de desbloqueo
mail-ack-not-you = Si no nos escribió, puede pasar por alto este correo. Nada ha cambiado en ninguna cuenta.
mail-ack-why = Enviado porque esta dirección se indicó en un mensaje a soporte.
