#!/usr/bin/env python3
"""Measures how trueup scales, against simulated systems on this machine.

    tests/scale/measure.py [BINARY] [systems|accounts]...

`systems`: 100 systems that answer after 50 ms each replicate to the next one, 600 steps; the plan's
and the apply's time. `accounts`: 50 and 200 new accounts on one system. BINARY is
target/release/trueup when it is left out. Needs Python 3.8 and nothing else.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = 100
LATENCY_MS = 50


def ring():
    """Each system replicates to the next: six steps on every one."""
    names = [f"nas{number:03}" for number in range(SYSTEMS)]
    fleet = {
        name: {
            "release": "25.10.6",
            "pools": {"tank": {}, "backup": {}},
            "datasets": {"tank/data": {}},
            # A service that runs has host keys; to make them takes the simulator 0.1 s each.
            "ssh": {"running": True, "enable": False},
            "latency_ms": LATENCY_MS,
            "limits": {"logins_per_minute": 1000},
        }
        for name in names
    }
    systems = {
        name: {
            **reached(name),
            "ssh": {"running": True, "start_automatically": True},
            "datasets": {"backup/received": {}, "backup/home": {}},
            "admins": {
                "replicator": {
                    "home": {"path": "/mnt/backup/home/replicator"},
                    "ssh_access": True,
                    "sudo": {"no_password": "zfs"},
                }
            },
        }
        for name in names
    }
    replications = {
        f"from-{name}": {
            "source": {"system": name, "datasets": ["tank/data"]},
            "destination": {
                "system": names[(number + 1) % SYSTEMS],
                "dataset": "backup/received",
                "admin": "replicator",
            },
        }
        for number, name in enumerate(names)
    }
    return fleet, {"version": 1, "systems": systems, "replications": replications}


def accounts(count):
    """One system with so many new accounts."""
    fleet = {
        "box": {
            "release": "25.10.6",
            "pools": {"tank": {}},
            "limits": {"logins_per_minute": 1000},
        }
    }
    admins = {
        f"user{number:03}": {
            "home": {"path": f"/mnt/tank/home/user{number:03}"},
            "ssh_access": True,
            "sudo": {"no_password": "zfs"},
        }
        for number in range(count)
    }
    box = {**reached("box"), "datasets": {"tank/home": {}}, "admins": admins}
    return fleet, {"version": 1, "systems": {"box": box}}


def reached(name):
    variable = name.upper()
    return {
        "url": {"env": f"{variable}_URL"},
        "username": {"env": f"{variable}_USERNAME"},
        "api_key": {"env": f"{variable}_API_KEY"},
        "tls": {"sha256": {"env": f"{variable}_TLS_SHA256"}},
    }


class Running:
    """A fleet that runs, and a folder with its manifest."""

    def __init__(self, binary, fleet, manifest):
        self.binary = binary
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name)
        # JSON is YAML.
        (path / "fleet.yaml").write_text(json.dumps({"systems": fleet}))
        (path / "trueup.yaml").write_text(json.dumps(manifest))
        command = [binary, "sim", "fleet.yaml", "--env", "sim.env"]
        self.sim = subprocess.Popen(command, cwd=path, stdout=subprocess.PIPE, text=True)
        for _ in fleet:
            self.sim.stdout.readline()
        self.env = dict(os.environ)
        for line in (path / "sim.env").read_text().splitlines():
            name, value = line.split("=", 1)
            self.env[name] = value.strip("'")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sim.terminate()
        self.sim.wait()
        self.folder.cleanup()

    def trueup(self, *args):
        """The seconds that a run took, and what it printed as JSON."""
        began = time.monotonic()
        command = [self.binary, *args, "--format", "json"]
        ran = subprocess.run(
            command, cwd=self.folder.name, env=self.env, capture_output=True, text=True
        )
        took = time.monotonic() - began
        if ran.returncode != 0:
            sys.exit(f"{' '.join(args)} exited with {ran.returncode}:\n{ran.stderr[-3000:]}")
        return took, json.loads(ran.stdout)


def measure_systems(binary):
    with Running(binary, *ring()) as running:
        running.trueup("plan")  # The host keys are made when they are first asked for.
        plan, document = running.trueup("plan")
        apply, report = running.trueup("apply", "--yes")
    steps = len(document["steps"])
    applied = sum(step["result"] == "applied" for step in report["steps"])
    proven = sum(proof["result"] == "proven" for proof in report["proofs"])
    print(
        f"{SYSTEMS} systems, {LATENCY_MS} ms: plan {plan:.2f} s; apply {apply:.2f} s "
        f"({applied} of {steps} steps, {proven} links proven): {apply / plan:.1f} times"
    )


def measure_accounts(binary):
    took = {}
    for count in (50, 200):
        with Running(binary, *accounts(count)) as running:
            plan, _ = running.trueup("plan")
            took[count], report = running.trueup("apply", "--yes")
        applied = sum(step["result"] == "applied" for step in report["steps"])
        print(f"{count} accounts: plan {plan:.2f} s; apply {took[count]:.2f} s ({applied} steps)")
    print(f"200 accounts take {took[200] / took[50]:.1f} times as long as 50")


def main():
    words = sys.argv[1:]
    known = {"systems": measure_systems, "accounts": measure_accounts}
    named = [word for word in words if word in known]
    binary = next((word for word in words if word not in known), ROOT / "target/release/trueup")
    for name in named or known:
        known[name](str(Path(binary).resolve()))


if __name__ == "__main__":
    main()
