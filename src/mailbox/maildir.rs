//! A Maildir++ account.
