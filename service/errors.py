"""Errors a person at the command line can mend.

UserError    one sentence: what is wrong and what to do
"""


class UserError(Exception):
    """Something the person who started the command can put right; shown without traceback."""
