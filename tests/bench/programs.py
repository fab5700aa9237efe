"""The programs of costscope that are measured: those of a release build, or others that are named.

Part of the other files here. `--binary PATH` names the program itself, `--examples DIR` the folder of the examples `measure`
and `keys`; without it they are in `examples` beside that program if they are there.
"""
import json, os, pathlib, subprocess, sys

NAMED = {}


def release():
    default = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "costscope/target"
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", default)) / "release"


def add_arguments(parser):
    parser.add_argument("--binary", type=pathlib.Path, help="the program, in place of that of the release build")
    parser.add_argument("--examples", type=pathlib.Path, help="the folder of the examples")


def choose(arguments, *examples):
    """Takes what was named; the benchmark ends at once if a program that it needs is missing."""
    binary = arguments.binary or release() / "costscope"
    beside = binary.resolve().parent / "examples"
    NAMED["costscope"] = binary.resolve()
    NAMED["examples"] = (arguments.examples or (beside if beside.is_dir() else release() / "examples")).resolve()
    missing = [program for program in [costscope(), *map(example, examples)] if not program.is_file()]
    if missing:
        sys.exit(f"{', '.join(map(str, missing))}: not found; build with `cargo build --release --examples --bins`, or name "
                 "others with --binary and --examples")


def costscope():
    return NAMED["costscope"]


def example(name):
    return NAMED["examples"] / name


def measure(arguments):
    """What `--example measure` found."""
    return json.loads(subprocess.run([example("measure"), *map(str, arguments)],
                                     check=True, capture_output=True, text=True).stdout)
