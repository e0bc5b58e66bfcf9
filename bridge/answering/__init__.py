"""What was heard, drafts, one answer on its way out, and how it is played. Pure."""
