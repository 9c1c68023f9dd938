"""Errors a person at the command line can mend.

UserError    one sentence: what is wrong and what to do
"""


class UserError(Exception):
    """Something the person who started the command can put right; shown without traceback."""


def innermost(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error itself, under however many task groups it passed through."""
    first = group.exceptions[0]
    return innermost(first) if isinstance(first, BaseExceptionGroup) else first
