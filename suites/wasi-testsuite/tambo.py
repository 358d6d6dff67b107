"""How the runner of wasi-testsuite starts Tambo.

TAMBO is the command (default: tambo), TAMBO_ENGINE the engine (default: the command's own).
"""

import os
import shlex
import subprocess
from typing import Dict, List, Optional, Tuple

COMMAND = shlex.split(os.environ.get("TAMBO", "tambo"))
ENGINE = os.environ.get("TAMBO_ENGINE")


def get_name() -> str:
    return f"tambo on {ENGINE}" if ENGINE else "tambo"


def get_version() -> str:
    answer = subprocess.run(COMMAND[:1] + ["--version"], capture_output=True, text=True, check=True)
    return answer.stdout.split()[-1]


def get_wasi_versions() -> List[str]:
    return ["wasm32-wasip1"]


def get_wasi_worlds() -> List[str]:
    return ["wasi:cli/command"]


def get_timeout_seconds() -> float:
    """A first run compiles, an interpreter is slow, and a test machine may be busy."""
    return 30.0


def compute_argv(test_path: str,
                 args_env_root: Tuple[List[str], Dict[str, str], Optional[str]],
                 proposals: List[str],
                 wasi_world: str,
                 wasi_version: str) -> List[str]:
    del proposals, wasi_world, wasi_version
    args, env, root = args_env_root
    argv = COMMAND + ["run"]
    if ENGINE:
        argv += ["--engine", ENGINE]
    for name, value in env.items():
        argv += ["--env", f"{name}={value}"]
    if root:
        argv += ["--dir", f"{root}::/"]
    return argv + [test_path] + args
