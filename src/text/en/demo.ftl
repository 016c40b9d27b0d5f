### The demo's landing page and the mailbox.

demo-title = Four people, four doors
demo-what = { $tenants ->
    [one] This demo has { $tenants } sample tenant. Each door takes a minute.
   *[other] This demo has { $tenants } sample tenants. Each door takes a minute.
}
demo-clock = Demo clock
demo-clock-minute = +1 min
demo-clock-quarter = +15 min
demo-clock-hour = +1 hour
demo-clock-day = +1 day
demo-user-title = I am locked out
demo-user-who = End user, { $who }
demo-user-step-1 = { $count ->
    [one] Type a wrong password { $count } time
   *[other] Type a wrong password { $count } times
}
demo-user-step-2 = Open the mail, press the button
demo-user-step-3 = Sign in: the password is <code>{ $password }</code>
demo-user-button = Lock yourself out
demo-policy-custom = Custom
demo-policy-title = I set the policy
demo-policy-who = Tenant, the owner of { $tenant }
demo-policy-step-1 = Read it: <code>lockkeeper policy show --tenant { $tenant } --database-url { $database }</code>
demo-policy-step-2 = Change it: <code>lockkeeper policy apply --tenant { $tenant } --preset strict --database-url { $database }</code>
demo-policy-step-3 = See the strict one lock at the other tenant
demo-policy-button = Try { $tenant }
demo-policy-open = Open the policy
demo-support-title = I answer support
demo-support-who = Support agent
demo-support-step-1 = Send a message as a locked-out user
demo-support-step-2 = Read it: <code>lockkeeper support list --tenant { $tenant } --database-url { $database }</code>
demo-support-step-3 = Unlock: <code>lockkeeper user unlock --tenant { $tenant } { $who } --database-url { $database }</code>
demo-support-button = Write to support
demo-support-open = Open the inbox
demo-operator-title = I run the server
demo-operator-who = Operator
demo-operator-step-1 = See every mail it has sent
demo-operator-step-2 = Read the readiness report
demo-operator-step-3 = Install it: <code>lockkeeper init</code>, then <code>lockkeeper serve</code>
demo-operator-button = Open the mailbox
demo-accounts = Accounts to try
demo-column-tenant = Tenant
demo-column-account = Account
demo-column-password = Password
demo-column-note = State
demo-column-policy = Policy
demo-foot = Sample data only. Nothing leaves this machine.
demo-readiness = Readiness

front-title = This is a Lockkeeper server
front-what = People sign in at the address that their application gives them. There is nothing else here.

mailbox-title = Mailbox
mailbox-loud-fact = These mails went nowhere else.
mailbox-loud = No mail server is set, so Lockkeeper keeps every mail on this page.
mailbox-back = Back to the demo
mailbox-empty-it = Empty it
mailbox-empty-title = No mail yet
mailbox-empty = A mail appears here as soon as an account is locked.
mailbox-check = Check again
mailbox-choose-title = Choose a mail
mailbox-choose = It opens here.
mailbox-all = All mails
mailbox-line = { $to }, from { $from }
mailbox-head = { $from } to { $to }, { $time }
mailbox-tabs = Parts of the mail
mailbox-tab-page = Page
mailbox-tab-text = Text
mailbox-tab-source = Source
mailbox-tab-headers = Headers { $count }
mailbox-header-name = Header
mailbox-header-value = Value
mailbox-scheme = Colours
mailbox-light = Light
mailbox-dark = Dark
mailbox-frame = The mail as its reader sees it
