"""How long `cargo gryph search` takes as a process of its own, beside ripgrep over the same sources.

    python3 benches/retrieval/cold.py target/release/cargo-gryph

in an indexed workspace. A hundred queries, each once with the model that embeds it (unless it was asked before), once from
the query cache, once by words only; then thirty of ripgrep's, the last word of a query each, where `rg` is installed.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import time

VERBS = ["parse", "read", "write", "sort", "hash", "encode", "open", "split", "compare", "send"]
OBJECTS = [
    "a configuration file", "a stream of events", "bytes as base64", "a path of a directory", "a date with a time zone",
    "two strings without case", "a request with headers", "a regular expression", "numbers from a buffer",
    "a list of keys in order",
]
QUERIES = [f"{verb} {thing}" for verb in VERBS for thing in OBJECTS]


def seconds(command, codes=(0,)):
    started = time.perf_counter()
    code = subprocess.run(command, stdout=subprocess.DEVNULL).returncode
    assert code in codes, command
    return time.perf_counter() - started


def tell(name, times):
    times = sorted(times)
    at = lambda share: f"{times[min(int(len(times) * share), len(times) - 1)] * 1000:.0f} ms"
    print(f"{name}: {len(times)} runs, median {at(0.5)}, p95 {at(0.95)}, most {at(1)}", flush=True)


def sources():
    asked = ["cargo", "metadata", "--format-version", "1", "--locked"]
    packages = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)["packages"]
    return sorted({str(pathlib.Path(package["manifest_path"]).parent) for package in packages})


def main():
    search = [sys.argv[1], "gryph", "search"]
    tell("asked for the first time", [seconds([*search, query]) for query in QUERIES])
    tell("asked before", [seconds([*search, query]) for query in QUERIES])
    tell("by words", [seconds([*search, "--words", query]) for query in QUERIES])
    if shutil.which("rg"):
        grep = lambda query: ["rg", "--count", "--no-ignore", query.split()[-1], *places]
        places = sources()
        tell(f"ripgrep over {len(places)} packages", [seconds(grep(query), (0, 1)) for query in QUERIES[:30]])


main()
