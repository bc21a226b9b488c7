"""`make bench`: every scenario on every server, in turns; a table of ratios with their spread."""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
from collections import defaultdict
from pathlib import Path

from bench.logins import storm
from bench.measure import Sample, drive, new_users
from bench.scenarios import SCENARIOS
from bench.targets import LOAD_CORE, Target, start_ciam, start_peer
from bench.wire import Connection
from tests.parts import databases, run_folder

FLOORS = {
    ("client_credentials", "peer-memory"): 1.0,
    ("code", "peer-postgresql"): 1.0,
    ("code", "peer-memory"): 0.5,
    ("refresh", "peer-postgresql"): 1.0,
    ("refresh", "peer-memory"): 0.5,
    ("introspection", "peer-memory"): 1.0,
    ("jwks", "peer-memory"): 1.5,
}


async def run(url: str, rounds: int, seconds: float, users: int) -> dict[str, object]:
    """Start the servers, measure in turns, print what came out and give it."""
    os.sched_setaffinity(0, {LOAD_CORE})
    with tempfile.TemporaryDirectory() as folder:
        targets: list[Target] = []
        try:
            targets.append(await start_ciam("ciam-sqlite", Path(folder), None))
            targets.append(await start_ciam("ciam-postgresql", Path(folder), url))
            targets.append(await start_peer("peer-memory", None))
            targets.append(await start_peer("peer-postgresql", url))
            samples = await measure(targets, rounds, seconds, users)
            facts = report(targets, samples)
            for target in targets[:2]:
                facts[target.name] = await report_storm(target, seconds)
        finally:
            for target in targets:
                target.stop()
        facts["memory_of_a_worker"] = await report_workers(Path(folder))
    return facts


async def measure(
    targets: list[Target], rounds: int, seconds: float, users: int
) -> dict[tuple[str, str], list[Sample]]:
    """Take samples: a warm-up, then every server in turn, round after round."""
    samples: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for name, operation in SCENARIOS.items():
        crowds = {target.name: new_users(target, users) for target in targets}
        for target in targets:
            await drive(target, operation, crowds[target.name], min(seconds, 2))
        for _ in range(rounds):
            for target in targets:
                sample = await drive(target, operation, crowds[target.name], seconds)
                samples[name, target.name].append(sample)
        for crowd in crowds.values():
            for user in crowd:
                user.connection.close()
    return samples


def report(
    targets: list[Target], samples: dict[tuple[str, str], list[Sample]]
) -> dict[str, object]:
    """Print absolute figures and ratios; the spread is that of the rounds."""
    ratios = []
    print(f"{'scenario':20}" + "".join(f"{target.name:>18}" for target in targets))
    for name in SCENARIOS:
        figures = [
            statistics.median(sample.per_cpu_second for sample in samples[name, target.name])
            for target in targets
        ]
        print(f"{name:20}" + "".join(f"{figure:14,.0f}/cs " for figure in figures))
    print("\nratio to the peer, by processor second: median (lowest .. highest), floor")
    for (name, peer), floor in FLOORS.items():
        for target in targets[:2]:
            pairs = zip(samples[name, target.name], samples[name, peer], strict=True)
            found = sorted(ours.per_cpu_second / theirs.per_cpu_second for ours, theirs in pairs)
            middle = statistics.median(found)
            met = "met" if middle >= floor else "MISSED"
            print(
                f"{name:20} {target.name:16} : {peer:16}"
                f" {middle:5.2f} ({found[0]:.2f} .. {found[-1]:.2f})  floor {floor:.1f} {met}"
            )
            ratios.append({"scenario": name, "target": target.name, "peer": peer, "ratios": found})
    for target in targets:
        print(
            f"{target.name:18} memory {target.memory() / 2**20:6.0f} MB PSS,"
            f" first answer after {target.started_in:.2f} s"
        )
    return {
        "ratios": ratios,
        "memory": {target.name: target.memory() for target in targets},
        "cold_start": {target.name: target.started_in for target in targets},
    }


async def report_workers(folder: Path) -> list[int]:
    """Print the memory of each of two workers, once they have answered pages."""
    target = await start_ciam("ciam-two-workers", folder, None, workers=2)
    try:
        for _ in range(100):
            connection = Connection(target.base_url)
            await connection.get("/sign-in")
            connection.close()
        found = target.worker_memory()
    finally:
        target.stop()
    print("each of two workers", *(f"{one / 2**20:.0f} MB PSS" for one in found))
    return found


async def report_storm(target: Target, seconds: float) -> dict[str, float]:
    """Print what a storm of sign-ins does."""
    found = await storm(target, people=8, seconds=max(seconds, 5))
    print(
        f"{target.name:18} password journeys {found.journeys_per_second:5.1f}/s,"
        f" {found.share:.0%} of Argon2's {found.argon2_limit:.1f}/s,"
        f" {found.cpu_seconds_per_journey * 1000:.0f} ms of processor each; cheap ones meanwhile:"
        f" p50 {found.cheap_p50_milliseconds:.1f} ms, p99 {found.cheap_p99_milliseconds:.1f} ms"
    )
    return {
        "share_of_argon2": found.share,
        "cpu_seconds_per_journey": found.cpu_seconds_per_journey,
        "cheap_p99_ms": found.cheap_p99_milliseconds,
    }


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--users", type=int, default=8)
    parser.add_argument("--output", type=Path, help="where the JSON goes")
    given = parser.parse_args()
    run_folder.begin()
    try:
        with databases.postgres(durable=True) as url:
            facts = asyncio.run(run(url, given.rounds, given.seconds, given.users))
        databases.drop_copies()
    finally:
        run_folder.remove(run_folder.current())
    if given.output is not None:
        given.output.write_text(json.dumps(facts, indent=2))


if __name__ == "__main__":
    main()
