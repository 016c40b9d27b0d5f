### Die Mail mit einem Link zur Anmeldung.

mail-link-title = Anmelden bei { $tenant }
mail-link-lead = Drücken Sie die Schaltfläche in dem Browser, in dem Sie den Link angefordert haben:
mail-link-button = Anmelden
mail-link-valid = Der Link gilt einmal, nur in diesem Browser und noch { $wait }.
mail-link-not-you = Wenn Sie ihn nicht angefordert haben, müssen Sie nichts tun. Mit dieser Mail allein kommt niemand hinein.
mail-link-why = Gesendet, weil mit dieser Adresse ein Link zur Anmeldung angefordert wurde.
