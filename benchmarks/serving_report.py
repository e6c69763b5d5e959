"""What the benchmark of the service found, as text for RESULTS.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from results import markdown_table

if TYPE_CHECKING:
    from serving import Found

OURS, MANY = "tagstack", 32


def report(found: Found) -> str:
    """Return Markdown: how it was measured, goals, the three servers, phases, and all of it as JSON."""
    parts = [_introduction(found)]
    if found.closed:
        parts += [_servers(found), _start(found)]
    parts += [_phases(found), _goals(found), f"```json\n{json.dumps(_numbers(found))}\n```"]
    return "\n\n".join(parts)


def _introduction(found: Found) -> str:
    low, middle, high = np.percentile(found.capacity, [0, 50, 100])
    others = [one["others"] for one in _all(found)]
    processor = 1000 * np.median(found.capacity_cpu)
    return (
        f"{found.questions}, each asked once before any comes again, so that no vector is known from before. The "
        f"encoder alone, in a process of its own with default threads, does {middle:.0f} questions/s, the capacity "
        f"(median of {len(found.capacity)} measurements between the others, {low:.0f} to {high:.0f}), with "
        f"{processor:.1f} ms of processor time a question. Load generator and servers share the same cores. So does "
        f"other work on this machine: it took {np.median(others):.0%} of the processors during the median phase and "
        f"{max(others):.0%} during the worst; processor time is what that changes least."
    )


def _all(found: Found) -> list[dict[str, Any]]:
    return [one for runs in found.closed.values() for one in runs] + list(found.phases.values())


def _servers(found: Found) -> str:
    rows = []
    for (name, clients), runs in sorted(found.closed.items(), key=lambda item: (item[0][1], item[0][0] != OURS)):
        times = np.concatenate([run["milliseconds"] for run in runs])
        rate = [run["in_time"] / run["seconds"] for run in runs]
        share = np.median([run["cpu_seconds"] / run["seconds"] for run in runs])
        busy = np.median([_processor_milliseconds(run) for run in runs])
        p50, p99 = np.percentile(times, [50, 99])
        rows.append(
            [
                name,
                clients,
                f"{np.median(rate):.0f}",
                f"{p50:.0f}",
                f"{p99:.0f}",
                _failed(runs),
                len(times),
                f"{busy:.1f}",
                f"{share:.0%}",
            ]
        )
    header = [
        "server",
        "clients",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "failures",
        "requests",
        "processor ms a request",
        "load generator, of a core",
    ]
    return "Closed loop, each client asks again as soon as it is answered:\n\n" + markdown_table(header, rows)


def _processor_milliseconds(run: dict[str, Any]) -> float:
    """Return the processor time of server and load generator for one request."""
    return 1000 * float(run["own_seconds"]) / len(run["milliseconds"])


def _start(found: Found) -> str:
    rows = [
        [
            name,
            f"{found.cold[name]:.1f}",
            *(f"{found.at_rest[name][kind]:.0f}" for kind in ("rss", "pss")),
            *(f"{found.after_load[name][kind]:.0f}" for kind in ("rss", "pss")),
        ]
        for name in found.after_load
    ]
    header = ["server", "cold start s", "RSS at rest MiB", "PSS", "RSS after load MiB", "PSS"]
    return (
        "From the start of the process to its first good answer, and memory of all its processes:\n\n"
        + markdown_table(header, rows)
    )


def _phases(found: Found) -> str:
    rows = []
    for name, phase in found.phases.items():
        titles = {
            "open": "half of capacity, Poisson arrivals",
            "repeat": "repeated",
            "title": "as typed, the title grows",
            "body": "as typed, the body grows",
            "swap": "half of capacity, versions swapped",
            "soak": "half of capacity, with feedback",
        }
        rows.append(_row(titles[name], phase, phase["milliseconds"], phase["failures"]))
        if phase["feedback_milliseconds"]:
            rows.append(
                _row("its feedback, stored durably", phase, phase["feedback_milliseconds"], phase["feedback_failures"])
            )
    header = ["phase", "answered", "offered/s", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "failures", "others took"]
    return "Latency counts from the moment a request was meant to be sent:\n\n" + markdown_table(header, rows)


def _row(title: str, phase: dict[str, Any], times: list[float], failures: dict[str, int]) -> list[object]:
    rate = phase["job"].get("rate")
    p50, p99, p999 = np.percentile(times, [50, 99, 99.9])
    return [
        title, len(times), f"{rate:.0f}" if rate else "",
        f"{p50:.1f}", f"{p99:.1f}", f"{p999:.0f}", f"{max(times):.0f}",
        sum(failures.values()), f"{phase['others']:.0%}",
    ]  # fmt: skip


def _failed(runs: list[dict[str, Any]]) -> int:
    return sum(sum(run[kind].values()) for run in runs for kind in ("failures", "feedback_failures"))


def _goals(found: Found) -> str:
    rows: list[list[object]] = []
    if found.around:
        rows += [
            ["32 clients, share of capacity", ">= 0.85", _spread(_share_of_capacity(found))],
            ["32 clients, times the better peer", ">= 1.5", _spread(_times_better_peer(found))],
        ]
    limits = {"open": ((50, 30), (99, 120)), "repeat": ((99, 5),), "title": ((50, 5), (99, 5))}
    for name, goals in limits.items():
        if phase := found.phases.get(name):
            rows += [
                [f"{name}: p{at} ms", f"<= {most}", f"{np.percentile(phase['milliseconds'], at):.1f}"]
                for at, most in goals
            ]
    rows += [[f"{name}: failures", 0, _failed([phase])] for name, phase in found.phases.items()]
    if swap := found.phases.get("swap"):
        rows.append(["swap: answers by version", "", json.dumps(swap["versions"])])
    if soak := found.phases.get("soak"):
        grown = soak["after"]["pss"] - soak["before"]["pss"]
        minutes = soak["seconds"] / 60
        rows.append([f"soak: PSS grown in {minutes:.0f} min, MiB", "", f"{soak['before']['pss']:.0f} {grown:+.0f}"])
    return markdown_table(["goal", "wanted", "found"], rows)


def _share_of_capacity(found: Found) -> list[float]:
    """Return for each round what our service did of what the encoder alone did just before and after."""
    runs = found.closed[OURS, MANY]
    pairs = zip(runs, found.around, strict=True)
    return [run["in_time"] / run["seconds"] / np.mean(around) for run, around in pairs]


def _times_better_peer(found: Found) -> list[float]:
    rounds: list[dict[str, float]] = [{} for _ in found.around]
    for (name, clients), runs in found.closed.items():
        if clients == MANY:
            for rates, run in zip(rounds, runs, strict=True):
                rates[name] = run["in_time"] / run["seconds"]
    return [rates.pop(OURS) / max(rates.values()) for rates in rounds]


def _spread(values: list[float]) -> str:
    return f"{np.median(values):.2f} (rounds: {', '.join(f'{one:.2f}' for one in values)})"


def _numbers(found: Found) -> dict[str, Any]:
    phases = {
        name: {
            "p50": round(float(np.percentile(phase["milliseconds"], 50)), 2),
            "p99": round(float(np.percentile(phase["milliseconds"], 99)), 2),
            "failures": phase["failures"],
            "feedback_failures": phase["feedback_failures"],
            "others": round(phase["others"], 3),
            "stolen": round(phase["stolen"], 3),
            "own": round(phase["own"], 3),
            "load_generator_of_a_core": round(phase["cpu_seconds"] / phase["seconds"], 3) if phase["seconds"] else None,
            "sent_late_p99": round(float(np.percentile(phase["late_milliseconds"] or [0], 99)), 2),
        }
        for name, phase in found.phases.items()
    }
    shares = [round(one, 3) for one in _share_of_capacity(found)] if found.around else []
    return {"capacity": [round(one) for one in found.capacity], "share_of_capacity": shares, "phases": phases}
