-- Under which configuration passes of a connection ran last, by its hashes, as a versioned JSON frame.
CREATE TABLE configurations (
    connection TEXT NOT NULL PRIMARY KEY,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
