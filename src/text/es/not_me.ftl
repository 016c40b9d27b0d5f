### «No fui yo», tras un enlace de desbloqueo.

not-me-title = ¿No fue usted?
not-me-what = Ninguno de los intentos consiguió entrar. Nada de esta página bloquea ni desbloquea la cuenta, y el enlace de su correo sigue siendo válido.
not-me-tell-title = Avisar a soporte
not-me-tell-what = Verán cuándo y desde dónde llegaron los intentos. Usted recibe una copia por correo.
not-me-tell-button = Avisar a soporte
not-me-out-title = Cerrar todas las sesiones
not-me-out-what = Termina todas las sesiones de su cuenta, también la suya.
not-me-out-button = Cerrar todas
not-me-reset-text = Si cree que alguien conoce su contraseña.
not-me-back = Sí fui yo
not-me-back-text = La página que desbloquea la cuenta.
not-me-told-title = Soporte está avisado
not-me-told = Su referencia es { $reference }. El bloqueo no ha cambiado.
not-me-before-title = Soporte ya lo sabía
not-me-before = Ya se había avisado. Su referencia es { $reference }.
not-me-out-done-title = Todas las sesiones cerradas
not-me-out-done = Todas las sesiones de su cuenta han terminado. El bloqueo no ha cambiado.
not-me-sign-in-text = Con su contraseña, como siempre.
not-me-report-subject = Estos intentos no fueron míos
not-me-report = Alguien ha intentado entrar en mi cuenta. No fui yo. Vengo por el enlace de mi correo de desbloqueo.
