-- What the owner taught: one row a message, the latest lesson about it.
CREATE TABLE lesson (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32), -- of its bytes
    account TEXT NOT NULL,
    message_id TEXT, -- without angle brackets
    sender TEXT NOT NULL, -- address, lower case, without a tag; empty where there is none
    label TEXT NOT NULL, -- what it is
    was TEXT, -- the label of the folder that it was taken out of
    folder TEXT NOT NULL, -- where it was found
    at INTEGER NOT NULL, -- seconds since 1970
    material BLOB, -- the beginning of the message; NULL where it is not kept any more
    forgotten INTEGER NOT NULL DEFAULT 0 -- 1: nothing but that it was moved there is kept
) STRICT;
CREATE INDEX lesson_sender ON lesson (sender, label, at);
CREATE INDEX lesson_at ON lesson (at);

-- Where grussd itself has put a message, by the journal: never a lesson.
CREATE TABLE own_filing (
    account TEXT NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    folder TEXT NOT NULL,
    key TEXT, -- its name there, as the journal writes it
    certain INTEGER NOT NULL, -- 0: it may be there or not
    PRIMARY KEY (account, digest)
) STRICT, WITHOUT ROWID;

-- How far the folders of greetings have been looked at for lessons.
CREATE TABLE looked (
    account TEXT NOT NULL,
    folder TEXT NOT NULL,
    mark TEXT NOT NULL, -- as the journal writes it
    PRIMARY KEY (account, folder)
) STRICT, WITHOUT ROWID;

-- Messages of Maildir folders that have been looked at, which have no order.
CREATE TABLE looked_name (
    account TEXT NOT NULL,
    folder TEXT NOT NULL,
    name INTEGER NOT NULL, -- XXH3 of the unique name
    PRIMARY KEY (account, folder, name)
) STRICT, WITHOUT ROWID;
