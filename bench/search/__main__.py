"""Measure the search.

    python -m bench.search quality FOLDER      ranking by XQuAD Thai
    python -m bench.search literal FOLDER      what stands in a text is found by its letters
    python -m bench.search own                 our own table
    python -m bench.search speed --entries N   the engine alone
    python -m bench.search stock               ours beside stock Whoosh
    python -m bench.search page --entries N    the whole page

FOLDER holds evaluation texts (bench/search/texts.py tells which); bench/search/README.md
has the figures.  Nothing here is a test.
"""

from __future__ import annotations

import argparse
import json
import os
from importlib import import_module
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main() -> None:
    asked = arguments().parse_args()
    if asked.what == "serve":
        from bench.search.speed import serve

        print(json.dumps(serve(asked.engine, asked.folder)))
        return
    from bench.search.report import Report

    report = Report()
    import_module(f"bench.search.{asked.what}").run(asked, report)
    report.write(asked.json)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.search",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    kinds = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--engine", default="whoosh", help="name of the engine (whoosh)")
    common.add_argument("--json", type=Path, help="keep the figures in this file as well")
    timing = argparse.ArgumentParser(add_help=False)
    timing.add_argument("--entries", type=int, default=10_000)
    timing.add_argument("--queries", type=int, default=400)
    timing.add_argument("--runs", type=int, default=3, help="medians of so many (3)")
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument("--bytes", type=int, default=3_000, help="of a made-up document (3000)")
    made.add_argument("--real", type=Path, help="folder of real news to use instead")

    quality = kinds.add_parser("quality", parents=[common])
    quality.add_argument("folder", type=Path)
    literal = kinds.add_parser("literal", parents=[common])
    literal.add_argument("folder", type=Path)
    literal.add_argument("--strings", type=int, default=2_000, help="of each of two groups")
    literal.add_argument("--documents", type=int, default=2_000)
    literal.add_argument("--missed", type=int, default=0, help="show so many that were missed")
    own = kinds.add_parser("own", parents=[common])
    own.add_argument("--faults", action="store_true", help="say what is wrong in each row")
    speed = kinds.add_parser("speed", parents=[common, timing, made])
    speed.add_argument("--builds", type=int, default=1, help="make the index so many times (1)")
    speed.add_argument("--disk", type=Path, help="folder for the index while it is measured")
    kinds.add_parser("stock", parents=[common, timing, made])
    page = kinds.add_parser("page", parents=[common, timing])
    page.add_argument("--data", type=Path, help="a site to fill and keep for the next time")
    serve = kinds.add_parser("serve")  # what speed starts as a fresh process
    serve.add_argument("engine")
    serve.add_argument("folder", type=Path)
    return parser


if __name__ == "__main__":
    main()
