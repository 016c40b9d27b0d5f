### Palabras que comparten varias páginas, y las frases que muestran los programas.

title = { $page } · { $tenant }
title-error = Error: { $page } · { $tenant }
summary-title = Hay un problema
foot-support = Contactar con soporte
foot-reference = Referencia <span class="mono">{ $reference }</span>

field-identifier = Correo electrónico
field-password = Contraseña
button-sign-in = Iniciar sesión
link-reset = Elegir una contraseña nueva
link-try-sign-in = Intentar iniciar sesión

fault-wrong-details = El correo electrónico o la contraseña no son correctos
fault-identifier-missing = Escriba su correo electrónico
fault-identifier-odd = Escriba un correo electrónico como nombre@example.com
fault-password-missing = Escriba su contraseña
two-sentences = { $first } { $second }
password-incorrect = La contraseña es incorrecta. Inténtelo de nuevo.
tries-left = { $count ->
    [0] El próximo fallo bloqueará el inicio de sesión.
    [one] Queda { $count } intento antes de que se bloquee el inicio de sesión.
   *[other] Quedan { $count } intentos antes de que se bloquee el inicio de sesión.
}

user-locked-timed = Su cuenta está bloqueada. Podrá volver a intentarlo en { $wait }. Para más información, póngase en contacto con { $support }.
user-locked-endless = Su cuenta está bloqueada. Para más información, póngase en contacto con { $support }.
user-locked-support = el equipo de soporte
