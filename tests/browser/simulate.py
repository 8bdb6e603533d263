# SPDX-License-Identifier: GPL-2.0-or-later
"""simulate.py nights|hostile SESSIONS: run directories that kab collects, made from the committed ones.

nights	30 nights of one plan: from the 20th on the second kernel is slower; one night failed, one has
	half of its runs, one lost a workload, and a metric appears only with the 5th.
hostile	a session for each name that a page must only ever show.
"""
import json
import os
import shutil
import sys

FROM = os.path.join(os.path.dirname(__file__), "../data/runs/20261120T210235Z-b0483553/runs")

# Each would leave a trace: an element kab-evil, the variable kabEvil, a file of that name.
HOSTILE = {
    "markup": "<kab-evil></kab-evil><script>window.kabEvil=1</script>",
    "attribute": "\"'><img src=x onerror=window.kabEvil=1><kab-evil a=\"",
    "closing": "</title></style></script></textarea></svg>--><kab-evil>",
    "path": "../../../../kab-evil",
    "absolute": "/tmp/kab-evil",
    "lines": "first\nsecond\r\n\tthird\x1b[31m\x7f",
    "entities": "&lt;kab-evil&gt; &amp; &#60;kab-evil&#62; %3Ckab-evil%3E",
    "link": "javascript:window.kabEvil=1",
    "plot": "';set output '/tmp/kab-evil';{/:Bold x} @y_2^3 \\n `touch /tmp/kab-evil`",
    "direction": "\u202eevil-bak\u202c \ufeff\u2028 \U0001f41e",
    "long": "long-" + "x" * 10000,
    "spaces": "   ",
    "dots": "..",
}


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def save(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)


def copy_run(sessions, session, number, started):
    """A run directory of another session; its path and manifest."""
    to = os.path.join(sessions, session, "runs", number)
    shutil.copytree(os.path.join(FROM, number), to, copy_function=shutil.copy)
    manifest = load(to + "/manifest.json")
    manifest.update(run=session + "/" + number, session=session, started=started)
    return to, manifest


def fails(run, workload, message):
    save(run + "/outcome.json",
         {"outcome": "failed", "wall_ms": 1, "exit": "killed", "findings": [
             {"workload": workload, "kind": "oops", "severity": "failure", "message": message}]})


def change_fio(run, workload, slower, with_slat):
    path = f"{run}/files/{workload}/fio.json"
    result = load(path)
    for job in result["jobs"]:
        job["write"]["runtime"] = round(job["write"]["runtime"] * slower)
        if not with_slat:
            del job["write"]["slat_ns"]
    save(path, result)


def nights(sessions, count=30):
    for night in range(1, count + 1):
        session = f"202609{night:02}T010000Z-0000{night:04x}"
        for number in ("001", "002", "003", "004"):
            if night == 12 and number in ("002", "004"):
                continue
            if night == 14 and number in ("003", "004"):
                continue
            run, manifest = copy_run(sessions, session, number, f"2026-09-{night:02}T01:00:00Z")
            manifest["plan"] = "nightly"
            for workload in manifest["workloads"]:
                if night < 5:
                    workload["headline"].remove("write_slat_mean_ns")
                change_fio(run, workload["name"],
                           1.2 if night >= 20 and manifest["arm"] else 1, night >= 5)
            if night == 8:
                fails(run, manifest["workloads"][0]["name"], "BUG: unable to handle page fault")
            save(run + "/manifest.json", manifest)
        os.makedirs(os.path.join(sessions, session), exist_ok=True)
        with open(os.path.join(sessions, session, "status"), "w", encoding="ascii") as status:
            status.write("complete\n")


def usable_as_folder(name):
    return "/" not in name and len(name.encode()) < 200 and name not in (".", "..")


def spoil(run, manifest, name):
    """Puts the name wherever one can stand."""
    manifest["plan"] = "plan " + name
    kernel = manifest["kernel"]
    if manifest["arm"]:
        kernel["spec"] = "linux-6.1+" + name
        kernel["series"] = name
        for key in ("release", "source", "compiler"):
            kernel[key] = name
    workload = manifest["workloads"][0]
    workload["title"] = name
    old = workload["name"]
    if usable_as_folder(name):
        workload["name"] = name
        os.rename(f"{run}/files/{old}", f"{run}/files/{name}")
    else:
        workload["name"] = old
    facts = load(run + "/environment.json")
    facts["host.cpu"] = name
    facts[name] = name
    save(run + "/environment.json", facts)
    log = (name + "\nBUG: " + name + "\nWARNING: CPU: 0 PID: 1 at " + name + "\n").encode()
    log = b"[    1.000000] " + log.replace(b"\n", b"\n[    1.000000] ") + b"\xff\xfe<kab-evil>\n"
    for place in ("/console.log", "/files/dmesg"):
        with open(run + place, "ab") as file:
            file.write(log)
    with open(f"{run}/files/{workload['name']}/results", "ab") as results:
        word = name.split()[0] if name.split() else "x"
        results.write(f"metric {word} 5 {word} lower\n".encode() + b"metric \xff\xfe 5 ns lower\n")
    save(run + "/outcome.json",
         {"outcome": "ok", "wall_ms": 1, "exit": name, "findings": [
             {"workload": workload["name"], "kind": name, "severity": "warning", "message": name},
             {"workload": name, "kind": "warning", "severity": "warning", "message": name}]})


def hostile(sessions):
    for i, name in enumerate(HOSTILE.values()):
        session = f"202608{i + 1:02}T010000Z-0000{i:04x}"
        for number in ("001", "002"):
            run, manifest = copy_run(sessions, session, number, f"2026-08-{i + 1:02}T01:00:00Z")
            spoil(run, manifest, name)
            save(run + "/manifest.json", manifest)


os.umask(0o022)
{"nights": nights, "hostile": hostile}[sys.argv[1]](sys.argv[2])
