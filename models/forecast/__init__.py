"""What is to come: the year's end, the day a limit is crossed, and shifts already under way."""
