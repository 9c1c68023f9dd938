"""From KPIs, facts and a day to verdicts: each part of the decision is written once."""
