"""From readings to what a reader sees: windows, KPIs, verdicts, flow and charts."""
