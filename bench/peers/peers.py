"""The rivals, by their own code, on the bench's own events.

Reads days from standard input, writes one line of JSON for each. A day is

    uint32 length of the header | header (JSON) | values (float64, little endian)

with the header {"kind": "numeric" | "rate" | "categories", "counts": [[control, candidate], ...], "after": slices before the
change or null, "rivals": [names]}; the values of a slice are those of the control, then those of the candidate. The answer is
{name: {"alarms", "before", "hours", "delay", "seconds"}}:

    hours    hours with at least one alarm
    alarms   the same, but hours in a row are one alarm
    before   of these, those that began before the change
    delay    minutes from the change to the end of the first hour (for river: five minutes) with an alarm; null = none
"""

import json
import struct
import sys
import time
import warnings

import numpy as np
import pandas as pd
from evidently.legacy.calculations import stattests
from evidently.legacy.core import ColumnType
from river import drift

SLICES_PER_HOUR = 12
SLICE_MINUTES = 5


def main():
    warnings.simplefilter("ignore")
    check_against_report()
    print(json.dumps({"ready": True}), flush=True)
    stream = sys.stdin.buffer
    while length := stream.read(4):
        header = json.loads(stream.read(struct.unpack("<I", length)[0]))
        counts = np.array(header["counts"], dtype=int)
        values = np.frombuffer(stream.read(8 * int(counts.sum())), dtype="<f8")
        slices = split(values, counts)
        print(json.dumps({name: judge(name, header, slices) for name in header["rivals"]}), flush=True)


def judge(name, header, slices):
    start = time.process_time()
    if name.startswith("river"):
        found = river_slices(name, slices)
        step = 1
    else:
        found = evidently_hours(name, header["kind"], slices)
        step = SLICES_PER_HOUR
    hours = sorted({(at * step) // SLICES_PER_HOUR for at in found})
    starts = [hour for hour in hours if hour - 1 not in hours]
    after = header["after"]
    begins = len(slices) if after is None else after
    later = [] if after is None else [(at + 1) * step - after for at in found if (at + 1) * step > after]
    return {
        "hours": len(hours),
        "alarms": len(starts),
        "before": sum(1 for hour in starts if hour * SLICES_PER_HOUR < begins),
        "delay": min(later) * SLICE_MINUTES if later else None,
        "seconds": time.process_time() - start,
    }


# Evidently: every hour the candidate's values against the control's of the same hour, so that a season is no difference.


def evidently_hours(name, kind, slices):
    feature_type = ColumnType.Numerical if kind == "numeric" else ColumnType.Categorical
    found = []
    for hour in range(len(slices) // SLICES_PER_HOUR):
        part = slices[hour * SLICES_PER_HOUR : (hour + 1) * SLICES_PER_HOUR]
        control, candidate = (pd.Series(np.concatenate([pair[cohort] for pair in part])) for cohort in (0, 1))
        test, threshold, tested_type = evidently_test(name, kind, feature_type, control, candidate)
        if test(control, candidate, tested_type, threshold).drifted:
            found.append(hour)
    return found


def evidently_test(name, kind, feature_type, control, candidate):
    """The test, its threshold (None = the package's default), and the type it sees."""
    if name == "evidently default":
        return stattests.get_stattest(control, candidate, feature_type, None), None, feature_type
    if name == "evidently p < 0.05":
        p_value = {"numeric": stattests.ks_stat_test, "rate": stattests.z_stat_test, "categories": stattests.chi_stat_test}
        return p_value[kind], 0.05, feature_type
    if name == "evidently W1/std >= 0.1":
        return stattests.wasserstein_stat_test, 0.1, ColumnType.Numerical
    if name == "evidently JS >= 0.1":
        return stattests.jensenshannon_stat_test, 0.1, feature_type
    if name == "evidently PSI > 0.2":
        return stattests.psi_stat_test, 0.2, feature_type
    raise ValueError(name)


# River: detectors of one stream, event by event, with the package's defaults. "candidate" is what the documentation does;
# "difference" pairs each event of the candidate with one of the control of the same slice, so that a season is no difference.


def river_slices(name, slices):
    _, detector_name, fed = name.split(" ")
    detector = {"ADWIN": drift.ADWIN, "KSWIN": lambda: drift.KSWIN(seed=1), "PageHinkley": drift.PageHinkley}[
        detector_name
    ]()
    found = []
    for at, (control, candidate) in enumerate(slices):
        length = min(len(control), len(candidate))
        events = candidate if fed == "candidate" else candidate[:length] - control[:length]
        for value in events.tolist():
            detector.update(value)
            if detector.drift_detected:
                found.append(at)
    return found


def split(values, counts):
    slices = []
    start = 0
    for control, candidate in counts.tolist():
        slices.append((values[start : start + control], values[start + control : start + control + candidate]))
        start += control + candidate
    return slices


def check_against_report():
    """The functions called above give what Evidently's report says: the rivals are not ours in disguise."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import ValueDrift

    random = np.random.default_rng(1)
    control, candidate = (pd.Series(random.normal(shift, 1, 6000)) for shift in (0, 0.05))
    definition = DataDefinition(numerical_columns=["x"])
    current, reference = (Dataset.from_pandas(pd.DataFrame({"x": each}), definition) for each in (candidate, control))
    for method, test in (
        (None, stattests.get_stattest(control, candidate, ColumnType.Numerical, None)),
        ("ks", stattests.ks_stat_test),
        ("psi", stattests.psi_stat_test),
        ("jensenshannon", stattests.jensenshannon_stat_test),
    ):
        snapshot = Report([ValueDrift(column="x", method=method)]).run(current, reference)
        reported = float(snapshot.dict()["metrics"][0]["value"])
        called = test(control, candidate, ColumnType.Numerical, None).drift_score
        if abs(reported - called) > 1e-9:
            raise AssertionError(f"Evidently's report says {reported} for {method}, its function {called}")


if __name__ == "__main__":
    main()
