"""Public data sets as downloaded, a file each: `SOURCE` says what it is, `rows(folder)` yields its manifest rows."""

KIND = "source"
