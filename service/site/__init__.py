"""The site file: what one data centre is, what is wired, and which meter measures what."""
