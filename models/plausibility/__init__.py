"""Whether figures look as if somebody had a hand in them: suspicions with evidence, no verdicts."""
