"""English."""

ENGLISH = {
    "skip": "Skip to content",
    "other_language": "Français",
    "live": "Live",
    "oldest": "oldest reading: {age}",
    "no_live_data": "no recent reading",
    "simulated": ("Simulated plant: the devices and every figure on this page come from a model."),
    "store_away": (
        "The database does not answer. The values below are from before it was lost; readings "
        "are kept on disk."
    ),
    "evaluation_late": (
        "The evaluation has stopped. The values below are of {moment}; readings go on being stored."
    ),
    "no_water": "no water over {window}",
    "other_rule": "{title}: {verdict}",
    "raw_error": "Technical detail",
    "quoted": "“{text}”",
    "meter_standing": (
        "The register of {meter} has stood still since {moment} although it should count."
    ),
    "not_trusted": "Not to be trusted: {kpis}.",
    "collector_silent": "The collector has been silent for {age}: values are getting old.",
    "readings_dropped": "{n} readings lost: the queue on disk was full or damaged.",
    "polls_slowed": (
        "The database takes less than is polled: meters are read {n} times less often than planned."
    ),
    "lost": "Connection lost. The values below are no longer updated",
    "not_live": "Interrupted",
    "not_ready": "First evaluation under way. This page will fill by itself.",
    "charter_day": "charter “{charter}” as of {day}",
    "axes": "The four axes of the charter",
    "axis_energy": "Energy",
    "axis_heat": "Heat",
    "axis_water": "Water",
    "axis_noise": "Noise",
    "range": "{low} to {high}",
    "not_in_window": "not for this window",
    "now": "now",
    "coverage": "coverage {value}",
    "limit": "limit {sign} {value} ({rule})",
    "no_limit": "no limit in force",
    "chart_pue": "PUE of the last 24 hours",
    "chart_heat": "Heat handed over by hour, last 24 hours",
    "chart_wue": "WUE by month, last 12 months",
    "chart_noise": "Emergence of the last 14 nights",
    "chart_range": "{title}: from {low} to {high}",
    "chart_empty": "{title}: no values yet",
    "flow": "Energy flow now",
    "flow_alt": "From the grid to the uses, then as heat to the district or the air, in kW",
    "grid": "Grid",
    "generator": "Generator",
    "photovoltaic": "Solar",
    "it": "Servers",
    "cooling": "Cooling",
    "heat_pump": "Heat pumps",
    "general": "General services",
    "other_loads": "Loads of others",
    "export": "Given back to the grid",
    "losses": "Electrical losses",
    "heat_rejected": "Rejected to the air",
    "electricity_in": "Electricity in",
    "uses": "Uses",
    "heat_out": "Heat out",
    "supply_return": "{supply} supply, {back} return",
    "heat_chain": "Heat chain",
    "heat_pump_n": "Heat pump {n}",
    "stopped": "stopped",
    "pump_silent": "answers no more",
    "outdoor": "Outdoor temperature",
    "delivered_today": "Delivered today",
    "delivered_month": "Delivered this month",
    "kpis": "Indicators",
    "kpi": "Indicator",
    "kpis_caption": (
        "Value ± expanded uncertainty (k = 2), and share of the period covered by all meters "
        "together"
    ),
    "kpi_category": "category {n}",
    "bridged": "{value} of it bridged by registers",
    "imported": "imported history",
    "measured_live": "measured",
    "charter": "Charter: verdicts",
    "rule": "Rule",
    "measured": "Measured",
    "threshold": "Threshold",
    "requirement": "Requirement",
    "margin": "Margin",
    "verdict": "Verdict",
    "why": "Explanation",
    "elsewhere": "Rules without effect on this site today ({count})",
    "verdicts_caption": "Rules that apply today",
    "elsewhere_caption": "Rules that do not apply, or not yet",
    "not_published": "threshold not fixed",
    "devices": "Devices",
    "devices_summary": "{ok} of {count} in good health",
    "devices_all_ok": "All devices answer.",
    "devices_ok": "In good health",
    "state_starting": "starting",
    "state_ok": "answers",
    "state_degraded": "answers in part",
    "state_lost": "answers no more",
    "stale_points": "readings too old: {stale} of {count}",
    "last_ok": "last answer {age}",
    "taken_in_charge": "taken in charge by {name} {age}: {note}",
    "last_well": "last in order {age}",
    "never_well": "never in order yet",
    "never_ok": "never answered",
    "failures": "failures: {n}",
    "to_check": "Check {what}.",
    "left_out": "without {device}: {why}",
    "ago_s": "{n} s ago",
    "ago_min": "{n} min ago",
    "ago_h": "{n} h ago",
    "ago_d": "{n} d ago",
    "s": "{n} s",
    "min": "{n} min",
    "h": "{n} h",
    "d": "{n} d",
    "missing": "no value",
    "not_all_public": "Only what is public of this site is shown: the rest is missing here.",
    "heat_state": "State of the heat chain",
    "statement": "Heat statement of the month",
    "of_carnot": "{cop} ({share} of the ideal)",
    "exchanger": "Exchanger",
    "fouling": "Fouling",
    "fouling_unknown": "not enough readings",
    "fouling_none": "exchanger at {share} of its clean state; fouling possible, not established",
    "fouling_now": "exchanger at {share} of its clean state: time to clean",
    "fouling_days": (
        "exchanger at {share} of its clean state; to be cleaned in {days} d (earliest {earliest})"
    ),
    "missed_heat": "Missed heat",
    "two_figures": "Second reckoning: {name}",
    "figures_agree": "difference {difference}, within uncertainty",
    "figures_disagree": "difference {difference}, beyond uncertainty",
    "outlook": "Forecast for {day}",
    "outlook_caption": "Value of the calendar year, median and 95 % interval, if nothing changes",
    "expected": "Expected",
    "interval": "Interval",
    "chance": "Risk",
    "breach_chance": "beyond the maximum: {share}",
    "shortfall_chance": "below the minimum: {share}",
    "crossed_on": "around {day}",
    "still_to_deliver": "{heat} still to deliver ({power} on average)",
    "no_forecast_too_few_days": "too few days known",
    "no_forecast_no_season": "less than a year of weather",
    "no_forecast_low_coverage": "too many unknown days this year",
    "shift_more": "Since {day}, {size} more a day than weather and load explain.",
    "shift_less": "Since {day}, {size} less a day than weather and load explain.",
    "balances": "Agreement of the meters",
    "balances_unknown": "not enough readings yet",
    "balances_untested": "meters are missing: no test of the whole",
    "balances_fine": "the meters agree (chi-square test, p: {p})",
    "balances_gross": "the meters do not agree (chi-square test, p: {p})",
    "no_suspects": "No meter is suspect over the last seven days.",
    "balances_detail": "Balances of the week",
    "balances_caption": "What enters less what leaves, over seven days",
    "node": "Node",
    "residual": "Difference",
    "allowed": "Allowed",
    "at_least": "at least {low}",
    "balance_balanced": "balanced",
    "balance_lost": "too much lost",
    "balance_gained": "more leaves than enters",
    "balance_unknown": "unknown",
    "since": "since {day}",
    "factor": "correcting factor {value}",
    "drifted": "drift of {share}",
    "ambiguous": "more than one explanation",
    "fault_missing": "gives no readings",
    "fault_dead": "meter stopped",
    "fault_repeated": "repeats yesterday",
    "fault_doubled": "counted twice",
    "fault_swapped": "meters exchanged",
    "fault_reversed_ct": "reversed current transformer",
    "fault_wrong_scale": "doubtful scale factor",
    "fault_glycol": "reads too high: glycol?",
    "fault_drifting": "drifts",
    "fault_clock_shift": "clock off by an hour",
    "fault_ups_fed_load": "unmetered load behind this meter",
    "fault_unmetered_load": "unmetered load",
    "footer_api": "API",
    "footer_docs": "API documentation",
    "footer_metrics": "Metrics for Prometheus",
    "footer_note": "Boucle reads the devices and controls none.",
    "suspicions": "Cross-checks",
    "suspicions_none": "Cross-checks: nothing out of the ordinary.",
    "suspicions_note": (
        "A surprising cross-check is not a verdict: it is a question to ask, with its figures "
        "and what else could explain it."
    ),
    "suspicion_else": "Another possible explanation: {why}",
    "suspicion_chance": "chance of seeing as much in honest figures: {p}",
    "suspicion_heat_above_taker": (
        "More heat is claimed than the taker says it received, beyond what both meters may be "
        "wrong by."
    ),
    "suspicion_heat_above_taker_else": (
        "losses in the pipe between the two meters, months read on different days, a mistake "
        "in the taker’s bill."
    ),
    "suspicion_heat_drifts_from_taker": (
        "The heat claimed moves away from the taker’s figures month by month."
    ),
    "suspicion_heat_drifts_from_taker_else": (
        "one of the two meters ages or clogs, or the pipe’s insulation gets worse."
    ),
    "suspicion_it_above_ups": (
        "More IT energy is counted than the UPSs or the cables can deliver: the PUE looks "
        "better for it."
    ),
    "suspicion_it_above_ups_else": (
        "a current transformer ratio set wrongly, a meter outside its class, a feed that "
        "nobody meters."
    ),
    "suspicion_it_follows_weather": (
        "IT energy follows the heat outside, as cooling does: a cooling load may be counted in it."
    ),
    "suspicion_it_follows_weather_else": (
        "the servers’ fans run faster in warmer rooms, or the work depends on the season."
    ),
    "suspicion_repeated_figures": "Whole days or hours repeat exactly.",
    "suspicion_repeated_figures_else": (
        "a gateway that repeats old values, an import made twice, a gap filled with a copy, a "
        "machine whose power really is fixed."
    ),
    "suspicion_too_smooth": (
        "One meter’s figures stop fluctuating for some weeks, those of like meters do not."
    ),
    "suspicion_too_smooth_else": (
        "a load that became constant or was put to rest, readings averaged by the gateway."
    ),
    "suspicion_round_figures": (
        "The register’s last digits are not those of a counter that runs: some come back too often."
    ),
    "suspicion_round_figures_else": (
        "the register counts in larger steps than its profile says, or an import rounded it."
    ),
    "suspicion_silent_when_hot": "Readings are missing on days hotter than those around them.",
    "suspicion_silent_when_hot_else": (
        "electronics that overheat and stop, or work on site done in fine weather."
    ),
    "suspicion_coverage_near_limit": (
        "More readings are missing when the KPI nears or passes its limit."
    ),
    "suspicion_coverage_near_limit_else": (
        "one failure takes down both the plant and its meters, or maintenance follows "
        "difficult days."
    ),
    "suspicion_coverage_just_enough": (
        "The measured share of the time piles up just above the least that is asked."
    ),
    "suspicion_coverage_just_enough_else": (
        "regular maintenance of the same length, or a fault that comes back."
    ),
    "suspicion_figure_claimed": "heat claimed",
    "suspicion_figure_taker_reported": "heat received, says the taker",
    "suspicion_figure_months_beyond": "months beyond the uncertainty",
    "suspicion_figure_months_compared": "months compared",
    "suspicion_figure_expanded_uncertainty": "expanded uncertainty (k = 2)",
    "suspicion_figure_first_ratio": "ratio of the first month",
    "suspicion_figure_last_ratio": "ratio of the last month",
    "suspicion_figure_input": "energy in",
    "suspicion_figure_output": "energy out",
    "suspicion_figure_best_efficiency": "best possible efficiency",
    "suspicion_figure_worst_four_weeks_efficiency": "highest efficiency of four weeks",
    "suspicion_figure_loss_slope": "more losses per more energy",
    "suspicion_figure_per_degree_and_day": "energy per degree and day",
    "suspicion_figure_hidden_energy": "energy that follows the weather",
    "suspicion_figure_above_temperature": "counted above",
    "suspicion_figure_days": "days",
    "suspicion_figure_copied_days": "copied days",
    "suspicion_figure_equal_hours_in_a_row": "equal hours in a row",
    "suspicion_figure_days_compared": "days compared",
    "suspicion_figure_weeks_inside": "smooth weeks",
    "suspicion_figure_weeks_outside": "other weeks",
    "suspicion_figure_usual_spread_of_log": "usual spread (logarithm)",
    "suspicion_figure_most_frequent_digit": "most frequent digit",
    "suspicion_figure_its_share": "its share",
    "suspicion_figure_different_digits": "different digits",
    "suspicion_figure_readings": "readings",
    "suspicion_figure_resolution": "step of the register",
    "suspicion_figure_outages": "outages",
    "suspicion_figure_days_with_missing": "incomplete days",
    "suspicion_figure_missing": "time missing",
    "suspicion_figure_hottest_of_ten": "outages among the hottest 10 %",
    "suspicion_figure_coverage_near": "share measured near the limit",
    "suspicion_figure_coverage_elsewhere": "share measured elsewhere",
    "suspicion_figure_days_near": "days near the limit",
    "suspicion_figure_outages_near": "outages near the limit",
    "suspicion_figure_least_coverage": "share asked for",
    "suspicion_figure_just_below": "just below",
    "suspicion_figure_just_above": "just above",
    "suspicion_figure_windows_enough": "windows with enough",
    "alerts_title": ("Alerts"),
    "alerts_intro": (
        "What each alert means, what follows from it, and what to check first. "
        "Alerts are raised by Prometheus, from the charter and the devices; "
        "their messages lead here."
    ),
    "alerts_now": ("The alerts that fire now, in Alertmanager"),
    "alert_of_breach": "The alert that tells of it, and what to check",
    "alert_consequence": ("What follows"),
    "alert_check": ("To check first"),
}
