//! Sign-in links in mails: what a click on one does, and for which client only.
