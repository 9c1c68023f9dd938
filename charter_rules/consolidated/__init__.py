"""The text of a charter as it stands on a day: for those who read, print and amend it."""
