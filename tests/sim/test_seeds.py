#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Thousands of simulated worlds; make check has time for some hundred only."""
import os
import subprocess
import sys

SEEDS = 3000
program = os.path.join(os.environ.get("BUILD", "build"), "tests/sim/test_sim")
run = subprocess.run([program, "--seeds", str(SEEDS)], text=True,
                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
print(run.stdout, end="")
if run.returncode == 0 and f"{SEEDS} worlds, 0 failed" in run.stdout:
    print("PASS seeds")
else:
    print(f"FAIL seeds: {program} --seeds {SEEDS}: status {run.returncode}")
    sys.exit(1)
