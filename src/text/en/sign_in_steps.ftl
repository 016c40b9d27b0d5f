### The steps of a sign-in beside the password.
