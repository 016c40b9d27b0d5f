//! A new password for somebody who proved their mailbox: hashed first, then settled in one transaction.
