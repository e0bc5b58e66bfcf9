"""`melody-train critic`: what tells real continuations from drafts of our own is learned here."""
