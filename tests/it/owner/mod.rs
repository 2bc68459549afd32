//! What the owner does with filed mail, and what is made of it: by the program itself, on a Maildir
//! and on a real Dovecot.

mod lessons;
mod poison;
mod train;
mod undo;
