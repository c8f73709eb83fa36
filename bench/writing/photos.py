"""A 12-megapixel photo of a phone to three sizes: CPU and wall time of the worker's part.

.venv/bin/python bench/writing/photos.py [how often]
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.formats import uploaded


def phone_photo(path: Path) -> None:
    """4000 x 3000, with detail at several scales, stored lying on its side."""
    random = np.random.default_rng(2549)
    whole = np.zeros((3000, 4000, 3), np.float32)
    for step, weight in ((250, 0.5), (50, 0.3), (10, 0.15), (2, 0.05)):
        grain = random.integers(0, 256, (3000 // step, 4000 // step, 3), dtype=np.uint8)
        scaled = Image.fromarray(grain).resize((4000, 3000), Image.Resampling.BICUBIC)
        whole += weight * np.asarray(scaled)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(whole.astype(np.uint8)).save(path, "JPEG", quality=90, exif=exif)


def main(times: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, source = Path(name), Path(name) / "photo.jpg"
        phone_photo(source)
        print(f"photo: {source.stat().st_size / 1e6:.1f} MB")
        for what, work in (
            ("first look, while somebody waits", lambda: uploaded.look_at_photo(source)),
            ("three sizes, by the worker", lambda: uploaded.prepare_photo(source, folder)),
        ):
            walls, cpus = [], []
            for _ in range(times):
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                began = time.perf_counter()
                work()
                walls.append(time.perf_counter() - began)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            print(
                f"{what}: CPU {statistics.median(cpus):.2f} s,"
                f" wall {statistics.median(walls):.2f} s"
            )
        for side in uploaded.SIZES:
            print(f"{side}.webp: {(folder / f'{side}.webp').stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
