### The contact form that knows the lock, the page of a request, and mails about it.

support-known-change = Not you? Change
support-name-optional = Your name (optional)
support-sent-status = See your request
support-sent-status-text = Its page shows the answer, and you can add to it. Keep the link to yourself: whoever has it can read this.

request-received = We have your message
request-received-what = A person at { $tenant } reads it next. Your reference is <b class="mono">{ $reference }</b>.
request-open = Support is looking at it
request-open-what = The answer appears on this page. Your reference is <b class="mono">{ $reference }</b>.
request-answered = Support has answered
request-answered-what = Read the answer below. If it does not help, write back on this page.
request-closed = This request is closed
request-closed-what = Staff at { $tenant } closed it.
request-signed-in = You are back in
request-signed-in-what = The request closed by itself when you signed in.
request-you = You
request-them = { $tenant } support
request-lock-ends = The lock ends by itself at <b>{ $time }</b>
request-lock-endless = The lock does not end by itself.
request-add = Add a message
request-add-button = Send message
request-over = It was closed more than a week ago. Write a new message if there is something left.
request-new = Write a new message
request-reset-text = A new password set by mail ends the lock as well.

mail-ack-status = See your request, the answer, and add to it:
mail-reply-subject = Answer to { $reference }
mail-reply-title = An answer from { $tenant } support
mail-reply-status = See the whole request and write back:
mail-reply-button = Write back
mail-reply-why = Sent because you wrote to support with this address.

canned-lock-over = the lock is over
canned-lock-endless = only when it is unlocked
desk-reset-offer = Somebody has tried to get into your account, and nobody got in. We keep it locked. Please set a new password here: { $page }
