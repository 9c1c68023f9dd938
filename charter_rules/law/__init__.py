"""The charter as dated data: its shape, its checks, and the rule book it becomes."""
