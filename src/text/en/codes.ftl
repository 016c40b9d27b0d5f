### Codes, links and text messages.
