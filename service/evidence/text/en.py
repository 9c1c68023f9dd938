"""English."""

from typing import Final

ENGLISH: Final = {
    # Outcomes
    "good": "good",
    "refused": "REFUSED",
    "law_unknown": "NOT PROVEN: made with rules that this verifier does not have",
    "author_unknown": "whole, AUTHOR UNKNOWN",
    # Around the problems
    "problem": "part '{part}': {message}",
    "note": "note: {message}",
    "computed_again": "computed again:",
    "came_out": "came out, and proves nothing:",
    "signer": "key {fingerprint}",
    "charter": "charter {title} ({id})",
    "judged": (
        "{rule}, version {version} ({title}): {verdict}; law of {on}; {threshold}; {reference}"
    ),
    "figure": "{label} over {period}: {value} (k = 2), coverage {share}",
    "reference": "{title}, {article}",
    "threshold": "threshold {limit}",
    "no_threshold": "no threshold",
    "at_most": "at most {value}",
    "at_least": "at least {value}",
    "between": "{value} to {high}",
    "trend": "change of at most {value}",
    "fall": "fall of at least {value}",
    "rests_on": ("{label}: {value} (k = 2), from {start} to {end}, coverage {share}, {origin}"),
    "meters": "readings of: {meters}",
    # Authorship, and what others noted of the chain
    "no_key": (
        "no key of the site is known here: the file is whole and agrees with itself, and "
        "anybody may have made it; give the site's key with --key, or a file of trusted keys "
        "with --trust"
    ),
    "key_agrees": "signed with a key of the site that was given",
    "key_not_of_site": "the key {fingerprint} is none of those given for site '{site}'",
    "key_not_yet": "the key {fingerprint} does not count before its first day; signed on {day}",
    "key_no_longer": "the key {fingerprint} does not count after its last day; signed on {day}",
    "key_revoked": "the key {fingerprint} was revoked: whoever holds it may have signed this",
    "entry_key": "entry {seq}: {detail}",
    "entries_revoked": (
        "{n} entries of the chain are by a key that was revoked since; the signature over the "
        "whole vouches for them"
    ),
    "heads_none": "no head of site '{site}' was published in these lists",
    "heads_unsigned": "the list of heads is not countersigned by a key that is known here",
    "heads_countersigned": "the list of heads is countersigned by {fingerprint}",
    "heads_not_trusted": "is countersigned by {fingerprint}, which does not count for it",
    "head_other": (
        "entry {seq} is not the one that was published on {published_at}: the past was written anew"
    ),
    "head_agrees": "entry {seq} is the one that was published on {published_at}",
    "head_later": (
        "the published head, entry {seq}, comes after this; have the chain from here to there "
        "to compare"
    ),
    "head_backdated": (
        "entry {seq} claims a time at which, by the head published on {published_at}, it was "
        "not there"
    ),
    # Whole or not
    "unreadable": "{detail}",
    "unusable": "cannot be used: {detail}",
    "missing": "is missing",
    "no_hash": "has no hash in the manifest",
    "other_hash": "content does not match its hash",
    "no_part": "is not a part of a pack",
    "bad_signature": "does not match the manifest, or is not in order",
    "not_computed": "nothing was computed again: the pack is not whole",
    "no_such_file": "{path} cannot be read, it is not there; check the path",
    "cannot_be_read": "{path} cannot be read ({why}); check the path, or have the file sent again",
    "too_large": "{path} holds more than {n} bytes: no evidence pack is so large",
    "too_many_values": "{path} has more values than any evidence pack",
    "too_deep": "{path} is nested too deeply",
    "not_json": "{path} is not JSON as evidence packs are ({why})",
    "no_canonical_form": "there is no canonical form of this content ({why})",
    "not_a_pack": "this is not an evidence pack: its format is not {format}",
    "pack_version": "this pack is of version {theirs}; this program knows {ours}",
    "pack_fields": "this pack lacks or adds fields: {fields}",
    "no_object": "{name} of this pack is no object",
    "site_problem": "{field} {why}",
    "meters_do_not_follow": "the meters as computed do not follow from the registry",
    "facts_do_not_follow": "the facts do not follow from what the site declares",
    # Chain
    "not_an_entry": "is not an entry of the chain",
    "other_types": "has fields of another type",
    "fault_of_entry": "entry {seq}: {fault}",
    "entry_missing": "entry {missing} is missing: entry {seq} follows {before}",
    "entry_hash": "its content does not match its hash",
    "entry_columns": "its columns contradict its content",
    "entry_signature": "its signature does not match",
    "entry_site": "is of another site, '{site}'",
    "entry_first": "is the first and names one before it",
    "entry_after": "does not follow entry {before}, which was altered or replaced",
    "chain_fault": "{detail}",
    "chain_end": "ends at entry {seq}, not at the head that was signed",
    "chain_site": "is of another site than the pack",
    "chain_signers": (
        "{n} other key(s) signed entries of the chain: the site changed its key, or somebody else "
        "wrote them"
    ),
    "chain_late": "begins too late: verdicts of its scope may be left out",
    "chain_no_entry": "has no entry for the verdict on {rule}",
    "chain_other": "{rule}: {field} is not the one of the verdict",
    "chain_whole": (
        "{n} entries up to {sha256}: compare this hash with one noted earlier, since a chain that "
        "ends too soon looks whole"
    ),
    "event_left_out": "leaves out what happened to breach {breach} in entry {seq} of the chain",
    "event_other": "entry {seq} of the chain tells another event of breach {breach}",
    "event_not_in_chain": "tells an event of breach {breach} that is not entry {seq} of the chain",
    "breach_times": (
        "breach {breach} did not begin, or was not noticed, when the event that began it says"
    ),
    "breach_state": "breach {breach} is {state}, and its trail does not end there",
    "breach_rule": "breach {breach} is of a rule that the pack does not hold",
    # Law
    "rules_differ": "the rules, their lock and the verdicts differ",
    "not_of_lock": "rule {rule} is not the one of its lock",
    "rule_unknown": "rule {rule} is unknown to this verifier",
    "version_unknown": (
        "version {theirs} of rule {rule} is unknown to this verifier, which has version {ours}"
    ),
    "rule_other": "rule {rule}, version {version}: {field} is {theirs}, and {ours} in the charter",
    "rule_other_hash": "rule {rule} is not version {version} as it was locked",
    "notes_other": "rule {rule}: {field}, which is no part of the rule, is worded otherwise here",
    "charter_unknown": "charter '{charter}' is unknown to this verifier",
    "charter_other": "charter '{charter}': {field} is {theirs}, and {ours} here",
    "charter_rules": (
        "charter '{charter}' has other rules here: {rules}; for a pack of another time, give the "
        "charter of that time with --charter"
    ),
    "not_in_charter": "rule {rule} is not of charter '{charter}'",
    "charter_of_site": "the charter is '{charter}', and the site says '{site}'",
    "left_out": "leaves out rule {rule} of charter '{charter}'",
    # Times
    "known_early": "the data are known up to {known_on}, before their end {at}",
    "known_never": "does not say when its data were known",
    "other_day": "is judged by the law of {on}; the data end on {day}",
    "period_other": "period {period} is not from {start} to {end}",
    "outside_period": "the data end at {at}, outside of period {period}",
    "period_open": "period {period} was not over: figures up to {at}",
    "made_early": "was made at {made_at}, before its data were known ({known_on})",
    "made_late": "was made at {made_at}, which is yet to come",
    # Parts against each other
    "raw_malformed": "{point} {day} is no count and hash",
    "raw_none": "{point} has no hash of its raw rows",
    "raw_day": "{point} has no hash of its raw rows of {day}",
    "raw_few": "{point} has {rows} raw rows on {day}, and {samples} samples",
    "raw_incomplete": "the raw rows were not all hashed: time ran out; allow more (--raw-seconds)",
    "code_other": (
        "the pack was made by version {version}; {n} source files differ here, first {first}"
    ),
    "site_other": "the pack is of site '{head}', and the site says '{site}'",
    "scope_other": "has no scope, or one of another rule than the pack holds",
    "code_not_of_sources": (
        "version {version} does not follow from the source files, or is not that of the verdicts"
    ),
    "words_other": "{rule}: {field} is worded otherwise here",
    "not_following": "{field} does not follow from the pack",
}
