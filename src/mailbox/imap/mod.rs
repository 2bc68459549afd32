//! An IMAP account. The only module that names `async_imap`.
