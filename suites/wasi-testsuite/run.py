"""Runs the 0.1 part of wasi-testsuite, each test in a folder of its own.

The suite's runner leaves what one test made in the fixture folder to the next one. So every test gets a copy: a
suite of one test, with the manifest and the fixtures. The runner is the suite's own and decides what passes.
"""

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

VERSION = "wasm32-wasip1"
FAILURES = ("fail", "xpass")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("suite", type=Path)
    parser.add_argument("--adapter", type=Path, required=True)
    parser.add_argument("--expected", type=Path)
    options = parser.parse_args()
    tests = sorted(find_tests(options.suite))
    if not tests:
        print(f"error: no {VERSION} tests under {options.suite}: is it the branch prod/testsuite-base?",
              file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="wasi-testsuite-") as scratch:
        folders = [copy_alone(test, Path(scratch) / str(number)) for number, test in enumerate(tests)]
        results = run(options, folders, Path(scratch) / "results.json")
    return report(results, len(tests))


def find_tests(suite: Path) -> Iterator[Path]:
    for manifest in suite.glob("tests/*/testsuite/*/manifest.json"):
        if json.loads(manifest.read_text())["version"] == VERSION:
            yield from manifest.parent.glob("*.wasm")


def copy_alone(test: Path, folder: Path) -> Path:
    """Copies a test, what belongs to it, and everything that belongs to no test in particular."""
    folder.mkdir()
    stems = {other.stem for other in test.parent.glob("*.wasm")}
    for entry in test.parent.iterdir():
        if entry.is_dir():
            shutil.copytree(entry, folder / entry.name, symlinks=True)
        elif entry.stem == test.stem or entry.stem not in stems:
            shutil.copy2(entry, folder / entry.name)
    return folder


def run(options: argparse.Namespace, folders: List[Path], out: Path) -> List[Dict]:
    runner = options.suite / "test-runner" / "wasi_test_runner.py"
    command = [sys.executable, "-W", "ignore::DeprecationWarning", str(runner), "--disable-colors",
               "-r", str(options.adapter), "--json-output-location", str(out), "-t", *map(str, folders)]
    if options.expected:
        command += ["-e", str(options.expected)]
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
        return json.loads(out.read_text())["results"]
    print(process.stdout)
    sys.exit("error: the suite's runner did not finish")


def report(results: List[Dict], expected_count: int) -> int:
    tests = [(suite["name"], test) for suite in results for test in suite["tests"]]
    failed = [(name, test) for name, test in tests if test["outcome"] in FAILURES]
    for name, test in failed:
        print(f"FAILED {name}: {test['name']}{explain(test)}")
    counts = count(tests)
    print(f"{counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
    if len(tests) != expected_count:
        print(f"error: {expected_count} tests were found and {len(tests)} reported", file=sys.stderr)
    return 1 if failed or len(tests) != expected_count else 0


def explain(test: Dict) -> str:
    if test["outcome"] == "xpass":
        return "\n  passed, but is listed as an expected failure: remove it there"
    return "".join("\n  " + line for failure in test["failures"] for line in failure.splitlines())


def count(tests: List[Tuple[str, Dict]]) -> Tuple[int, int, int]:
    """An expected failure counts as skipped: it says nothing good about us."""
    outcomes = [test["outcome"] for _, test in tests]
    passed = outcomes.count("pass")
    failed = sum(outcomes.count(outcome) for outcome in FAILURES)
    return passed, failed, len(outcomes) - passed - failed


if __name__ == "__main__":
    sys.exit(main())
