"""Local accounts: passwords, sessions, tokens of programs, and the audit of what is done."""
