//! Text messages: the message, and the ways it can be sent. Knows nothing of what is in it.
