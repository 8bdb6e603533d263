#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Reads kab ladder --format json from the instruction clock: the changes of each metric's steps have to add
# up to that of the whole. They are differences of figures that are as they were measured, so what is
# left is at most the rounding of those: a difference of two that are further apart than a factor of two
# is rounded once more. Prints what does not, and the number of metrics; exit status 1 when there are none.
import json
import math
import sys

metrics = json.load(sys.stdin)["metrics"]
wrong = 0
for m in metrics:
    off = abs(sum(s["change"] for s in m["steps"]) - m["whole"]["change"])
    if off > math.ulp(max(abs(v) for v in m["values"])):
        print(m["workload"], m["metric"], "is off by", off)
        wrong += 1
print(len(metrics), "metrics")
sys.exit(wrong != 0 or not metrics)
