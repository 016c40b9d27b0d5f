### "This wasn't me", behind an unlock link.

not-me-title = Was it not you?
not-me-what = None of the attempts got in. Nothing on this page locks or unlocks the account, and the link in your mail stays good.
not-me-tell-title = Tell support
not-me-tell-what = They see when the attempts came and from where. You get a copy by mail.
not-me-tell-button = Tell support
not-me-out-title = Sign out everywhere
not-me-out-what = Ends every session of your account, also the one that you have open yourself.
not-me-out-button = Sign out everywhere
not-me-reset-text = If you think that somebody knows your password.
not-me-back = It was me after all
not-me-back-text = The page that unlocks the account.
not-me-told-title = Support knows
not-me-told = Your reference is { $reference }. Nothing about the lock has changed.
not-me-before-title = Support knows already
not-me-before = It was told before. Your reference is { $reference }.
not-me-out-done-title = Signed out everywhere
not-me-out-done = Every session of your account has ended. Nothing about the lock has changed.
not-me-sign-in-text = With your password, as always.
not-me-report-subject = These attempts were not mine
not-me-report = Somebody has tried to sign in to my account. It was not me. I have come here by the link in my unlock mail.
