"""What each rule must answer, as data, and what runs and questions it."""
