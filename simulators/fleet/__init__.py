"""Invented sites with a past and a truth: what a charter is replayed over before it is adopted.

Each is a variant of the reference plant under a name that says nothing. Start with
``roster.py`` (who they are), then ``writing.py`` (what is written of them).
"""
