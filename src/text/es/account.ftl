### Las páginas de la propia cuenta.

account-back = Volver a su cuenta
account-password = Cambiar la contraseña
account-password-first = Definir una contraseña
account-app-on = Activada
account-app-off = Desactivada
account-done-password = Su contraseña ha cambiado.
account-done-app-on = La aplicación de autenticación está activada. Desde ahora se pide su código al entrar.
account-done-app-off = La aplicación de autenticación está desactivada y sus códigos de recuperación ya no existen.
account-done-device = Se ha cerrado la sesión de ese dispositivo.
account-done-others = Se ha cerrado la sesión de todos los demás dispositivos.
account-done-language = Guardado.
account-done-forgotten = Ese navegador está olvidado.
account-done-forgotten-others = Todos los demás navegadores están olvidados.
account-done-forgotten-all = Todos los navegadores están olvidados.

## La contraseña actual
present-title = Confirme que es usted
present-what = Antes de cambiar cómo entra <b>{ $who }</b>, escriba la contraseña una vez más.
present-again = Antes de cambiar cómo entra <b>{ $who }</b>, cierre la sesión e iníciela de nuevo.
present-field = Contraseña actual
present-fault-missing = Escriba la contraseña actual
present-fault-wrong = La contraseña actual no es correcta

## Aplicación de autenticación
app-title = Aplicación de autenticación
app-since = activada desde <b>{ $time }</b>
app-on-what = Después de la contraseña se pide un código de la aplicación.
app-off-what = Un código que cambia cada 30 segundos frena a quien solo conoce la contraseña.
app-begin-button = Configurar
app-replace-title = ¿Un teléfono nuevo?
app-replace-what = La aplicación actual vale hasta que se confirme la nueva.
app-replace-button = Configurar otra
app-remove-title = Quitar la aplicación
app-remove-what = Entonces basta la contraseña para entrar, y los códigos de recuperación dejan de existir.
app-remove-button = Quitar la aplicación
app-set-up-title = Configurar una aplicación
app-set-up-what = Escanee la imagen con una aplicación de autenticación en su teléfono y escriba el código que muestra.
app-qr = Código QR que contiene la clave de la aplicación
app-open = Abrir en una aplicación de este dispositivo
app-secret = O escriba esta clave en la aplicación
app-secret-once = Se muestra una sola vez.
app-confirm-hint = Seis cifras. Muestran que la aplicación tiene la clave correcta.
app-confirm-button = Activar
app-cancel = Dejar todo como está
app-start-again-title = ¿La clave no está en la aplicación?
app-start-again-what = Esta clave ya no vale.
app-start-again-button = Empezar de nuevo

## Códigos de recuperación
recovery-title = Códigos de recuperación
recovery-what = Cada uno sustituye una vez a un código de la aplicación si se pierde el teléfono.
recovery-some = Tiene códigos sin usar. Los nuevos los sustituyen.
recovery-none = No tiene ninguno.
recovery-button = Crear diez códigos
recovery-back = Volver a la aplicación
recovery-new-title = Sus códigos de recuperación
recovery-new-what = Imprímalos o guárdelos en un lugar seguro, no en el teléfono con la aplicación.
recovery-once = Se muestran una sola vez. Cada uno sirve una sola vez.
recovery-kept-button = Los he guardado

## Sesiones
sessions-title = Dispositivos con sesión
sessions-what = Dónde está abierta su cuenta ahora.
sessions-here = Este dispositivo
sessions-from = Desde { $place }
sessions-somewhere = Otro dispositivo
sessions-began = Inicio: { $time }.
sessions-began-password = Inicio: { $time }, con la contraseña.
sessions-began-code = Inicio: { $time }, con un código por correo.
sessions-used = Último uso: { $time }.
sessions-button = Cerrar las demás

## Navegadores conocidos
devices-title = Navegadores conocidos
devices-what = Navegadores que ya han iniciado sesión en su cuenta. Aunque los intentos de otros bloqueen su cuenta, estos aún pueden entrar.
devices-none = Todavía no se conoce ningún navegador. Lo será cuando inicie sesión.
devices-here = Este navegador
devices-browser-on = { $browser } en { $system }
devices-some-on = Un navegador en { $system }
devices-some = Un navegador
devices-used = Último inicio: { $time }.
devices-used-from = Último inicio: { $time }, desde { $place }.
devices-button = Olvidar
devices-button-others = Olvidar los demás
devices-button-all = Olvidar todos
devices-after = Olvidar un navegador no cierra ninguna sesión.

## Idioma
language-title = Idioma y zona horaria
language-what = Para sus páginas y los correos que recibe.
language-field = Idioma
language-zone = Zona horaria
language-zone-hint = Un lugar como Europe/Madrid, o UTC.
language-fault-zone = Escriba una zona horaria como Europe/Madrid
language-button = Guardar
