### Users of another system, from a file.

user-import-title = Import users
user-import-what = Users of another system come from a file, with their passwords. First you see what would become of each row; nobody is made before you say so.
user-import-link = Import…
user-import-choose = Send a file
user-import-another = Send another file
user-import-file = File
user-import-file-hint = CSV or JSON as Clerk exports it, or in that shape: up to { $megabytes } MB and { $rows } rows. A larger one goes in on the server with this command:
user-import-paste = Or paste the rows
user-import-paste-hint = Begin with the line of column names, such as primary_email_address,first_name
user-import-send-button = Look at the file
user-import-no-file = Choose a file, or paste the rows
user-import-too-large = The file is larger than { $megabytes } MB. Use the command, which takes it
user-import-no-row = There is no row in the file, only column names
user-import-unreadable = This is no file of users: { $why }
user-import-busy = Another file is being imported. Wait for its end, or stop it

user-import-checking-title = The rows are looked at
user-import-rows-read = { $count ->
    [one] { $count } row so far.
   *[other] { $count } rows so far.
}
user-import-again = Check again
user-import-checked-title = What would become of the file
user-import-running-title = The users are imported
user-import-progress = { $rows } of { $total } rows, { $made } users created.
user-import-bar = Rows that are done
user-import-goes-on = It goes on without you. Where the server is stopped meanwhile, it goes on from there within two minutes of its start.
user-import-done-title = The file is imported
user-import-stopped-title = The import has stopped
user-import-by-hand = Somebody stopped it.
user-import-why = It could not go on: { $why }.
user-import-resume = Who was created stays. Send the whole file again to go on: users that are there already are left as they are.

user-import-rows = Rows
user-import-would = Would be created
user-import-made = Created
user-import-there = There already
user-import-refused = Refused
user-import-none-refused = No row is refused.
user-import-refused-title = Refused rows, and why
user-import-first = the first { $count }
user-import-all = All of them as CSV
user-import-row = Row
user-import-id = Id
user-import-faults = Why
user-import-unknown = Not taken over, because nothing is known of these columns: { $columns }
user-import-nobody = There is nobody in it to be imported.
user-import-rest = Refused rows stay out. Mend them and send the file again whenever you like: users that are there already are left as they are.
user-import-sent = { $size } KB from { $name }, sent { $time }.
user-import-kept = The file waits here, sealed, until { $time }. Then it is thrown away, as it is once it has been run.
user-import-run-button = Run it
user-import-drop-button = Throw the file away
user-import-stop-button = Stop it
user-import-dropped = The file is thrown away.
user-import-stopped = The import is stopped.
user-import-stale = The file had changed meanwhile, and nothing was done.
user-import-see = See the users
