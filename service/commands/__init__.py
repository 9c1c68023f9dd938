"""The sub-commands of ``boucle``, one file each; imported only when called."""
