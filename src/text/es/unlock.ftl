### El código corto de un correo de desbloqueo, y lo que dicen los correos en torno a un bloqueo.

unlock-code-title = Escribir el código
unlock-code-what = El correo de desbloqueo contiene un código de ocho cifras. Tiene el mismo efecto que el botón del correo.
unlock-code-field = Código del correo de desbloqueo
unlock-code-hint = Ocho cifras; los espacios no importan.
unlock-code-button = Desbloquear mi cuenta
unlock-code-fault-missing = Escriba el código del correo
unlock-code-fault-wrong = Este código no es correcto o ya no es válido
unlock-code-cost = Un código puede probarse cinco veces. Un correo nuevo trae otro.
unlock-code-new = Trae un código nuevo y un enlace nuevo.
held-reset-text = Demuestra que el buzón es suyo y termina el bloqueo al instante.

## El correo que termina un bloqueo
mail-unlock-origin = { $count ->
    [one] una dirección ({ $network })
   *[other] { $count } direcciones (entre ellas { $network })
}
mail-unlock-since = Comienzo del primer bloqueo: { $time }{ $utc }.
mail-unlock-code = ¿No funciona el botón? Escriba este código en la página que dice que el inicio de sesión está bloqueado:
mail-unlock-code-text = ¿No funciona el enlace? Escriba este código en la página que dice que el inicio de sesión está bloqueado:
mail-unlock-valid-both = El enlace y el código funcionan durante { $wait }. Caducan a esta hora: { $time }{ $utc }.

## El aviso de que un bloqueo terminó
mail-unlocked-title = Su cuenta de { $tenant } está desbloqueada
mail-unlocked-link = El enlace de nuestro correo terminó el bloqueo: { $time }{ $utc }. Ya puede iniciar sesión.
mail-unlocked-code = El código de nuestro correo terminó el bloqueo: { $time }{ $utc }. Ya puede iniciar sesión.
mail-unlocked-reset = Una contraseña nueva terminó el bloqueo: { $time }{ $utc }. Ya puede iniciar sesión.
mail-unlocked-staff = El personal de { $tenant } terminó el bloqueo: { $time }{ $utc }. Ya puede iniciar sesión.
mail-unlocked-not-me = Puede que otra persona lea su correo. Cambie la contraseña de su buzón, ponga después una nueva aquí y avise al equipo de soporte de { $tenant }.
mail-unlocked-why = Enviado porque terminó un bloqueo de su cuenta.
