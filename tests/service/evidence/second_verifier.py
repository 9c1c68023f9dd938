"""Checks a pack of one yearly ratio by other means: the standard library and openssl.

``python second_verifier.py PACK KEY.pem rules.lock.json``: 0 when the pack is sound, 1 with the
first thing that is not. Shares no code with Boucle; written from the README of service/evidence.
"""

import gzip
import hashlib
import json
import subprocess
import sys
import tempfile
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

DER = bytes.fromhex("302a300506032b6570032100")
WHOLE = {"grace_months_after_entry", "remediation_days"}
PARIS = ZoneInfo("Europe/Paris")


def need(sound: object, what: str) -> None:
    if not sound:
        sys.exit(f"refused: {what}")


def number(value: float) -> str:
    """RFC 8785, 3.2.2.3: as ECMAScript writes a double."""
    plain = repr(value + 0.0).removesuffix(".0")
    if "e" not in plain:
        return "0" if value == 0 else plain
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    text = "".join(map(str, digits))
    point = len(text) + int(exponent)
    if len(text) <= point <= 21:
        text += "0" * (point - len(text))
    elif 0 < point <= 21:
        text = f"{text[:point]}.{text[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{text}"
    else:
        fraction = f".{text[1:]}" if len(text) > 1 else ""
        text = f"{text[0]}{fraction}e{point - 1:+d}"
    return f"-{text}" if sign else text


def canonical(data: Any) -> str:
    if isinstance(data, dict):
        keys = sorted(data, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(k)}:{canonical(data[k])}" for k in keys) + "}"
    if isinstance(data, list):
        return "[" + ",".join(map(canonical, data)) + "]"
    if isinstance(data, str):
        return json.dumps(data, ensure_ascii=False)
    if data is None or isinstance(data, bool):
        return json.dumps(data)
    return number(data)


def digest(data: Any) -> str:
    return hashlib.sha256(canonical(data).encode()).hexdigest()


def signed(key_hex: str, signature_hex: str, data: Any) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        key, signature, content = (Path(folder) / name for name in ("key", "signature", "content"))
        key.write_bytes(DER + bytes.fromhex(key_hex))
        signature.write_bytes(bytes.fromhex(signature_hex))
        content.write_text(canonical(data), encoding="utf-8")
        command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER"]
        command += ["-inkey", str(key), "-sigfile", str(signature), "-in", str(content)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def key_of(path: str) -> str:
    command = ["openssl", "pkey", "-pubin", "-in", path, "-outform", "DER"]
    return subprocess.run(command, capture_output=True, check=True).stdout.removeprefix(DER).hex()


def instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def microseconds(text: str) -> int:
    return (instant(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def check_whole(pack: Any, key: str) -> None:
    parts, manifest = pack["parts"], pack["manifest"]
    need(set(parts) == set(manifest), "parts and manifest differ")
    for name, part in parts.items():
        need(digest(part) == manifest[name], f"part {name} was altered")
    head = {name: pack[name] for name in ("format", "version", "head", "manifest")}
    signature = pack["signature"]
    need(signature["public_key"] == key, "signed by another key")
    need(signed(key, signature["value"], head), "the signature does not hold")


def check_chain(pack: Any, key: str) -> None:
    before: Any = None
    for entry in pack["parts"]["chain"]["entries"]:
        content = {n: v for n, v in entry.items() if n not in {"sha256", "signature"}}
        seq = entry["seq"]
        need(digest(content) == entry["sha256"], f"entry {seq} was altered")
        need(entry["public_key"] == key, f"entry {seq} is by another key")
        need(signed(key, entry["signature"], content), f"entry {seq} is not signed")
        if before is not None:
            need(entry["prev_sha256"] == before["sha256"], f"entry {seq} follows another")
            need(seq == before["seq"] + 1, f"an entry before {seq} is missing")
        before = entry
    head = {name: before[name] for name in pack["head"]["chain"]}
    need(head == pack["head"]["chain"], "the chain does not end at the head")
    [finding] = pack["parts"]["verdict"]["findings"]
    told = {name: finding[name] for name in ("rule_id", "rule_sha256", "verdict", "threshold")}
    need(told.items() <= before["body"].items(), "the chain ends with another verdict")


def as_typed(value: Any, name: str = "") -> Any:
    """The lock hashes figures as the charter's files type them: decimal, but for some counts."""
    if isinstance(value, dict):
        return {key: as_typed(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [as_typed(one) for one in value]
    plain = isinstance(value, (bool, str)) or value is None or name in WHOLE
    return value if plain else float(value)


def check_law(pack: Any, lock: Any) -> None:
    part, [finding] = pack["parts"]["rule"], pack["parts"]["verdict"]["findings"]
    [(name, rule)] = part["rules"].items()
    parameter = part["parameters"][rule["condition"]["parameter"]]
    bare = {n: v for n, v in parameter.items() if n not in {"notes", "last_reviewed"}}
    rule_only = {n: v for n, v in rule.items() if n != "version"}
    content = {"rule": as_typed(rule_only), "parameters": {parameter["id"]: as_typed(bare)}}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    known = {"version": rule["version"], "sha256": sha256}
    need(known.items() <= lock[name].items(), f"rule {name} is not that of the lock")
    last = instant(pack["parts"]["inputs"]["at"]) - timedelta(microseconds=1)
    on = last.astimezone(PARIS).date()
    need(finding["on"] == on.isoformat(), "judged by the law of another day")
    day = max(one for one in parameter["values"] if date.fromisoformat(one) <= on)
    need(parameter["values"][day]["value"] == finding["threshold"], "another threshold")
    article = parameter["values"][day]["reference"]["article"]
    need(article == finding["reference_article"], "another article")


def counted(samples: Any, start_us: int, end_us: int) -> float:
    """What a register counted between two instants, in a straight line between its readings."""
    times = [samples["start_us"]]
    for step in samples["step_us"]:
        times.append(times[-1] + step)

    def level(at_us: int) -> float:
        n = min(max(bisect_right(times, at_us), 1), len(times) - 1)
        share = (at_us - times[n - 1]) / (times[n] - times[n - 1])
        low, high = samples["value"][n - 1 : n + 1]
        return float(low + share * (high - low))

    return level(end_us) - level(start_us)


def check_figures(pack: Any) -> None:
    parts, [finding] = pack["parts"], pack["parts"]["verdict"]["findings"]
    kpi = finding["kpi"]
    edges = [microseconds(kpi["window"][name]) for name in ("start", "end")]
    registers = parts["inputs"]["readings"]["long"]["registers"]
    total = {"m3": 0.0, "kwh": 0.0}
    for meter in kpi["inputs"]:
        point = parts["meters"]["as_computed"][meter]["point"]
        need(parts["raw_hashes"]["points"].get(point), f"{point} has no raw hashes")
        total[point.rpartition("_")[2]] += counted(registers[point], *edges)
    litres_per_kwh = 1000.0 * total["m3"] / total["kwh"]
    need(abs(litres_per_kwh / kpi["value"] - 1) < 1e-9, f"the ratio is {litres_per_kwh}")
    value, margin, limit = kpi["value"], kpi["expanded_uncertainty"], finding["threshold"]
    if value + margin <= limit:
        verdict = "compliant"
    elif value - margin > limit:
        verdict = "breach"
    else:
        verdict = "compliant_not_proven" if value <= limit else "suspected"
    need(finding["verdict"] == verdict, f"the verdict is {verdict}")
    print(f"sound: {finding['rule_id']} {verdict}, {litres_per_kwh:.6f} against {limit}")


def main(path: str, key_path: str, lock_path: str) -> None:
    data = Path(path).read_bytes()
    pack = json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    key = key_of(key_path)
    check_whole(pack, key)
    check_chain(pack, key)
    check_law(pack, json.loads(Path(lock_path).read_text(encoding="utf-8")))
    check_figures(pack)


if __name__ == "__main__":
    main(*sys.argv[1:])
