"""English."""

from typing import Final

from service.dashboards.text.words import PanelWords

NO_VALUE: Final = "not known"
BOARDS: Final = {
    "operator": PanelWords(
        "Boucle: operation", "What runs, what is broken, and where PUE, WUE and ERF stand."
    ),
    "heat": PanelWords(
        "Boucle: recovered heat", "How much heat is handed over, how warm, and what is left."
    ),
    "collectors": PanelWords(
        "Boucle: collectors", "Devices, polls, clocks, and readings that wait on disk."
    ),
    "charter": PanelWords(
        "Boucle: charter of all sites", "Verdict of each rule at each site, margins, breaches."
    ),
    "program": PanelWords(
        "Boucle: the program itself", "Memory, files, requests, evaluation and scrapes."
    ),
}
ROWS: Final = {
    "state": "State of the programs",
    "breaches": "Breaches that stand",
    "kpis": "KPIs, uncertainty and limits",
    "data": "Data",
    "history": "History, from the database",
    "heat_now": "Now",
    "heat_figures": "Figures of the window",
    "heat_chain": "Heat chain",
    "devices": "Devices",
    "polls": "Polls and clocks",
    "spool": "On the way to the database",
    "verdicts": "Verdicts",
    "margins": "Distance to the limits",
    "processes": "Processes",
    "http": "Requests",
    "evaluation": "Evaluation and database",
    "scrapes": "Scrapes",
    "sites": "Sites",
}
_UNCERTAINTY: Final = (
    "Dashed: the figure less and plus its expanded uncertainty (k = 2). Red: what each rule asks, "
    "in its own window. A gap: the figure is withheld."
)
_CLOSED: Final = (
    "Closed periods of Paris legal time, as held for right today. Dashed: expanded uncertainty "
    "(k = 2)."
)
PANELS: Final = {
    "programs_up": PanelWords(
        "Programs scraped",
        "Whether Prometheus reaches each program. Not known: no job of that name.",
    ),
    "database_up": PanelWords(
        "Database", "Whether the database answers each program; readings wait on disk meanwhile."
    ),
    "figures_age": PanelWords(
        "Age of the figures", "Since the figures shown were computed; late from 10 s on."
    ),
    "collector_age": PanelWords(
        "Last word of the collector", "As the database has it; late from 20 s on."
    ),
    "breaches_count": PanelWords(
        "Number of breaches", "Breaches and deviations that were opened and are not resolved."
    ),
    "breaches_standing": PanelWords(
        "Breaches that stand", "The rule links to its page, with figure, source and explanation."
    ),
    "pue_now": PanelWords("PUE", f"Energy of the data centre over that of the IT. {_UNCERTAINTY}"),
    "wue_now": PanelWords("WUE", f"Water over energy of the IT. {_UNCERTAINTY}"),
    "erf_now": PanelWords("ERF", f"Reused heat over energy of the data centre. {_UNCERTAINTY}"),
    "ere_now": PanelWords("ERE", f"PUE less reused heat. {_UNCERTAINTY}"),
    "recovered_heat_now": PanelWords(
        "Recovered heat", f"Heat handed over in the window. {_UNCERTAINTY}"
    ),
    "seasonal_factor_now": PanelWords(
        "Seasonal factor", f"Heat of the pumps over their electricity. {_UNCERTAINTY}"
    ),
    "delivered_temperature_now": PanelWords(
        "Delivered temperature", f"Mean weighted by the heat. {_UNCERTAINTY}"
    ),
    "kpi_coverage": PanelWords(
        "Coverage", "Share of the window over which all inputs of a KPI are known together."
    ),
    "site_table": PanelWords("Sites", "Who and where they are, and the charter of each."),
    "kpi_withheld": PanelWords(
        "KPIs withheld or in doubt",
        "KPIs that have no figure in this window, and why; those that rest on a meter in doubt.",
    ),
    "data_age": PanelWords(
        "Oldest data", "Age of the latest reading of the ten devices furthest behind."
    ),
    "devices_not_well": PanelWords(
        "Devices in trouble", "Devices that do not answer in full, and since when."
    ),
    "points_not_good": PanelWords(
        "Points that are not good", "How many points of a device have a reading of which quality."
    ),
    "registers_frozen": PanelWords(
        "Registers that stand still", "Meters that should count and do not, and since when."
    ),
    "meters_in_doubt": PanelWords(
        "Meters in doubt", "Why a meter is not trusted, or which fault its balance points to."
    ),
    "pue_by_day": PanelWords("PUE by the day", _CLOSED),
    "pue_by_month": PanelWords("PUE by the month", _CLOSED),
    "wue_by_day": PanelWords("WUE by the day", _CLOSED),
    "wue_by_month": PanelWords("WUE by the month", _CLOSED),
    "erf_by_day": PanelWords("ERF by the day", _CLOSED),
    "erf_by_month": PanelWords("ERF by the month", _CLOSED),
    "recovered_heat_by_day": PanelWords("Recovered heat by the day", _CLOSED),
    "recovered_heat_by_month": PanelWords("Recovered heat by the month", _CLOSED),
    "delivered_temperature_by_day": PanelWords("Delivered temperature by the day", _CLOSED),
    "delivered_temperature_by_month": PanelWords("Delivered temperature by the month", _CLOSED),
    "heat_rate": PanelWords(
        "Heat handed over, by register",
        "How fast the register of each hand-over meter rises. A gap: the meter is silent.",
    ),
    "heat_power": PanelWords(
        "Heat power", "As each device that measures it says: meters, heat pumps, chillers."
    ),
    "heat_temperatures": PanelWords(
        "Temperatures", "Of the devices that measure heat power: supply and return."
    ),
    "heat_differences": PanelWords(
        "Temperature differences", "Between supply and return, as the meters say it."
    ),
    "heat_flows": PanelWords("Flows", "Of the devices that measure heat power."),
    "unrecovered_heat": PanelWords(
        "Heat not recovered", "Heat that was rejected while the takers asked for it."
    ),
    "exchanger_clean": PanelWords(
        "Exchanger", "UA of the hand-over exchanger over that of the clean one, at equal flow."
    ),
    "exchanger_cleaning": PanelWords(
        "Clean the exchanger by", "Going on as it does; not known while no fouling is proven."
    ),
    "heat_disagree": PanelWords(
        "Two figures of a meter", "Whether its register and its flow and temperatures disagree."
    ),
    "balances_open": PanelWords(
        "Balances that do not close", "Nodes of which more enters than leaves, over seven days."
    ),
    "devices_by_state": PanelWords("Devices by state", "How many devices are in which state."),
    "last_poll_age": PanelWords("Last poll", "Since the newest poll of any device ended."),
    "device_table": PanelWords(
        "Devices", "Name, profile and link of each, its state, and its last full answer."
    ),
    "device_states": PanelWords(
        "State of the devices", "Over time; a gap: the collector was not scraped."
    ),
    "polls": PanelWords("Polls", "Polls of each device."),
    "poll_time": PanelWords("Time of a poll", "Mean time that a poll took."),
    "poll_failures": PanelWords("Failed polls", "Share of the polls that brought nothing."),
    "refused_points": PanelWords(
        "Refused points", "Points that the device refuses, left out until their next test."
    ),
    "split_blocks": PanelWords(
        "Split blocks", "Blocks read in parts, because the device refuses the whole."
    ),
    "clock_offset": PanelWords(
        "Clocks of the devices", "How far the clock of a device is ahead of the collector's."
    ),
    "clock_in_doubt": PanelWords(
        "Clock in doubt", "Readings are uncertain: the clock of the machine was moved."
    ),
    "clock_steps": PanelWords(
        "Clock moved", "Times the clock of the collector's machine was moved, in the time shown."
    ),
    "reload_failed": PanelWords(
        "Site file refused", "The old site file is polled on, because the new one was refused."
    ),
    "stretch": PanelWords(
        "Stretch", "Times further apart than planned polls are, for a slow database. 1 is normal."
    ),
    "left_out": PanelWords("Polls left out", "Because the database takes less than is polled."),
    "spool_readings": PanelWords("Readings that wait", "On disk, and in memory before that."),
    "spool_bytes": PanelWords(
        "Size of what waits", "And the size at which the oldest are given up."
    ),
    "spool_age": PanelWords("Oldest reading that waits", "Not known: none waits."),
    "readings_rate": PanelWords("Readings", "Made durable on disk, and committed to the database."),
    "readings_dropped": PanelWords("Lost", "Readings lost in the time shown; must be none."),
    "readings_refused": PanelWords(
        "Refused for good", "Readings that the database refuses for good, in the time shown."
    ),
    "readings_lost": PanelWords(
        "Lost in damaged files", "Readings of the spool that could not be salvaged."
    ),
    "disk_refused": PanelWords("Disk refuses", "The disk takes no readings."),
    "adoption_needed": PanelWords(
        "Adoption needed",
        "A restored copy of the database answers: see boucle spool adopt.",
    ),
    "rules_missed": PanelWords("Missed", "Rules with a proven breach or deviation."),
    "rules_undecided": PanelWords(
        "Undecided", "Rules too close to the limit to be proven, or without enough data."
    ),
    "rules_kept": PanelWords("Kept", "Rules that are kept, and that is proven."),
    "rules_late": PanelWords("Remedies late", "Breaches whose deadline has passed."),
    "verdict_matrix": PanelWords(
        "Rules and sites", "Verdict of each rule at each site today. The rule links to its page."
    ),
    "rule_table": PanelWords("Rules", "What each rule is about, and its verdict today."),
    "verdicts_over_time": PanelWords("Verdicts over time", "How many rules have which verdict."),
    "margins_ratio": PanelWords(
        "Margins: ratios", "Distance to the limit of each rule; negative beyond it."
    ),
    "margins_cubic_meters_per_joule": PanelWords(
        "Margins: water", "Distance to the limit of each rule; negative beyond it."
    ),
    "margins_dba": PanelWords(
        "Margins: noise", "Distance to the limit of each rule; negative beyond it."
    ),
    "margins_joules": PanelWords(
        "Margins: energy", "Distance to the limit of each rule; negative beyond it."
    ),
    "margins_celsius": PanelWords(
        "Margins: temperature", "Distance to the limit of each rule; negative beyond it."
    ),
    "forecast_breach": PanelWords(
        "Limits at the end of the year", "Probability that the limit of a KPI is broken then."
    ),
    "breach_states": PanelWords(
        "Breaches that stand", "State, beginning, and deadline of the remedy."
    ),
    "verdict_history": PanelWords("Verdicts by the day", "The last verdict of each legal day."),
    "breach_history": PanelWords(
        "Breaches", "Those that began in the time shown, and all that are not resolved."
    ),
    "revised_figures": PanelWords(
        "Revised figures", "Closed figures that came out otherwise when late readings arrived."
    ),
    "versions": PanelWords("Versions", "Version of each program and of its Python."),
    "uptime": PanelWords("Running since", "How long each process has been running."),
    "memory": PanelWords("Memory", "Resident memory of each process."),
    "cpu": PanelWords("CPU", "Share of one core that each process uses."),
    "files": PanelWords("Open files", "Files and sockets that each process has open."),
    "http_requests": PanelWords("Requests", "By route and code of the answer."),
    "http_duration": PanelWords(
        "Time of an answer", "95 % of the requests are answered within; event streams left out."
    ),
    "http_bytes": PanelWords("Bytes sent", "By route, event streams included."),
    "event_streams": PanelWords("Event streams", "Pages that are open and fed live."),
    "database_connections": PanelWords(
        "Connections to the database", "Busy with a request for the past, or idle; and the most."
    ),
    "evaluation_duration": PanelWords(
        "Time of an evaluation", "95 % of the runs of each part take less."
    ),
    "evaluation_age": PanelWords(
        "Last success", "Since each part of the evaluation last succeeded."
    ),
    "evaluation_failures": PanelWords(
        "Waits for the database", "How often a part of the evaluation had to wait for it."
    ),
    "evaluation_at_work": PanelWords(
        "At work", "Processes that evaluate the site: one, others stand by."
    ),
    "evaluation_up": PanelWords(
        "Evaluation", "Whether figures are written, as the servers see it."
    ),
    "database_by_program": PanelWords(
        "Database by program", "Whether it answers each program, over time."
    ),
    "ready": PanelWords("Servers ready", "Whether a first evaluation has reached each server."),
    "scrape_up": PanelWords("Scrapes", "Whether Prometheus reaches each process."),
    "scrape_duration": PanelWords("Time of a scrape", "How long Prometheus waited."),
    "scrape_samples": PanelWords("Series of a scrape", "How many series each process shows."),
}
VARIABLES: Final = {
    "datasource": "Prometheus",
    "sql": "Database",
    "site": "Site",
    "window": "Window",
    "device": "Device",
}
MARKS: Final = {
    "breaches": "Breaches",
    "imports": "Imports",
    "holds": "Holds",
    "journal": "Journal",
}
COLUMNS: Final = {
    "site": "Site",
    "rule": "Rule",
    "device": "Device",
    "meter": "Meter",
    "window": "Window",
    "since": "Since",
    "title": "What",
    "severity": "Severity",
    "began": "Began",
    "noticed": "Noticed",
    "opened": "Opened",
    "resolved": "Resolved",
    "deadline": "Deadline",
    "late": "Late",
    "kpi": "KPI",
    "reason": "Why",
    "fault": "Fault",
    "state": "State",
    "quality": "Quality",
    "points": "Points",
    "disagrees": "Disagree",
    "profile": "Profile",
    "link": "Link",
    "protocol": "Protocol",
    "answered": "Last answer",
    "verdict": "Verdict",
    "axis": "Axis",
    "legal_status": "Legal status",
    "value": "Value",
    "threshold": "Limit",
    "unit": "Unit",
    "revised": "Revised",
    "span": "Period",
    "start": "From",
    "before": "Before",
    "after": "After",
    "program": "Program",
    "instance": "Instance",
    "version": "Version",
    "python": "Python",
    "doubtful": "In doubt",
    "name": "Name",
    "operator": "Operator",
    "city": "City",
    "zone": "Zone",
    "charter": "Charter",
    "simulated": "Simulated",
}
STATES: Final = {
    "up": "up",
    "down": "down",
    "yes": "yes",
    "no": "no",
    "device.ok": "answers",
    "device.degraded": "answers in part",
    "device.starting": "starting",
    "device.lost": "lost",
}
LINKS: Final = {
    "boards": "Boucle's dashboards",
    "page": "Boucle's page",
    "charter": "The rule in full",
    "api": "API",
}
