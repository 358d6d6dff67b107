"""A command in plain Python: the standard library is all it uses, but for the code that it ends with."""

import os
import sys

from wit_world import exports
from wit_world.imports import exit


class Run(exports.Run):
    def run(self) -> None:
        path, code = sys.argv[1:]
        print(f"arguments: {path} {code}")
        print(f"GREETING: {os.environ['GREETING']}")
        print(f"input: {sys.stdin.read().rstrip()}")
        try:
            with open(path) as file:
                print(f"file: {file.read().rstrip()}")
        except OSError as error:
            print(f"command: {error}", file=sys.stderr)
            code = 1
        sys.stdout.flush()
        exit.exit_with_code(int(code))
