"""One measurement of `bench_mattes`, in a process of its own: what is asked comes as JSON, what was measured is the last line printed."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import environments
import matte_metrics
import matte_shots

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from engine.footage import Picture
    from engine.jobs import OpenShot, Resources
    from engine.matte.method import Alpha
    from engine.segment.image_model import Embedding, ImageModel

CACHE_BYTES = 16 << 30
"""Of the encoder's output that is kept: half a thousand pictures."""


def main(asked: dict[str, Any]) -> int:
    sys.path.append(str(environments.ROOT))
    from engine.shot import MattewrightError

    do: Callable[[dict[str, Any]], dict[str, Any]] = {"track": track, "clip": measure_clip, "stills": measure_stills}[asked["do"]]
    try:
        print(json.dumps(do(asked)), flush=True)
    except MattewrightError as error:
        raise SystemExit(str(error)) from None
    return 0


def track(asked: dict[str, Any]) -> dict[str, Any]:
    """The clip's store, tracked."""
    keep = Path(asked["keep"])
    matte_shots.tracked(Path(asked["clip"]), keep / "tracked", asked["frames"], asked["clicks"], _resources(asked, keep))
    return {}


def measure_clip(asked: dict[str, Any]) -> dict[str, Any]:
    """A method's errors, frames a second and peak memory on a tracked clip."""
    clip, method, frames = Path(asked["clip"]), asked["method"], range(1, asked["frames"] + 1)
    truths: Iterator[npt.NDArray[np.float64]] = (matte_shots.truth(clip, frame) for frame in frames)
    if method == "perfect":
        perfect = ((matte_shots.truth(clip, frame) >= 0.5).astype(float) for frame in frames)
        return dataclasses.asdict(matte_metrics.clip(perfect, truths))
    if method == "mask":
        from engine.jobs import OpenShot

        with OpenShot(Path(asked["keep"]) / "tracked") as opened:
            return dataclasses.asdict(matte_metrics.clip((matte_shots.plain(opened, frame) for frame in frames), truths))
    encoding: list[float] = []
    with _with_method(asked, encoding) as opened:
        seconds = _make_mattes(opened, frames, encoding)
        peak = peak_memory()
        alphas = (opened.store.read_alpha(matte_shots.OBJECT, frame) / 65535 for frame in frames)
        figures = dataclasses.asdict(matte_metrics.clip(alphas, truths))
    return {**figures, "frames_per_second": len(frames) / seconds, "peak_memory_mib": peak / 2**20}


def _with_method(asked: dict[str, Any], encoding: list[float]) -> OpenShot:
    """A store of the method's own, beside the tracked one, with nothing made in it yet; `encoding` gets the seconds spent on features."""
    from engine.jobs import OpenShot
    from engine.shot import read

    class Timed(OpenShot):
        def embedding(self, frame: int, picture: Picture | None = None) -> Embedding:
            began = time.perf_counter()
            found = super().embedding(frame, picture)
            encoding.append(time.perf_counter() - began)
            return found

    keep = Path(asked["keep"])
    store = keep / asked["method"]
    if store.is_dir():
        shutil.rmtree(store)
    shutil.copytree(keep / "tracked", store)
    shot = read(store / "shot.json")
    values = {name: float(value) for name, _, value in (text.partition("=") for text in asked["set"])}
    item = shot.object(matte_shots.OBJECT)
    matte = dataclasses.replace(item.matte, enabled=True, method=asked["method"], **values)  # type: ignore[arg-type]
    changed = dataclasses.replace(shot, objects=(dataclasses.replace(item, matte=matte),))
    return Timed(store, _resources(asked, keep), changed)


def _make_mattes(opened: OpenShot, frames: range, encoding: list[float]) -> float:
    """Seconds that the matte job took, once it has run on one frame and everything is loaded; what went into `encoding` is left out."""
    from engine.jobs import matte_job

    for _ in matte_job(opened, [matte_shots.OBJECT], 1, 1):
        pass
    shutil.rmtree(opened.store.layout.file(matte_shots.OBJECT, "alpha", 1).parent)
    encoding.clear()
    began = time.perf_counter()
    for _ in matte_job(opened, [matte_shots.OBJECT], 1, frames.stop - 1):
        pass
    return time.perf_counter() - began - sum(encoding)


def measure_stills(asked: dict[str, Any]) -> dict[str, Any]:
    """A method's errors where the given trimaps don't know, as the literature has them: per still, and the mean of all."""
    import numpy as np

    folder, seconds, each = Path(asked["folder"]), 0.0, {}
    for path in sorted((folder / "images").iterdir()):
        trimap = _three_values(matte_shots.grey(folder / "trimap" / path.name))
        found, spent = _still(asked, path, trimap)
        seconds += spent
        each[path.stem] = matte_metrics.measure(found, matte_shots.grey(folder / "alpha" / path.name), np.equal(trimap, 128))
    if not each:
        raise SystemExit(f"{folder}: no stills there (images/, trimap/ and alpha/ with files of the same names)")
    said: dict[str, Any] = {"each": {name: dataclasses.asdict(figures) for name, figures in each.items()}}
    said |= dataclasses.asdict(matte_metrics.mean(each.values()))
    return {**said, "frames_per_second": len(each) / seconds if seconds else None, "peak_memory_mib": peak_memory() / 2**20}


def _still(asked: dict[str, Any], path: Path, trimap: npt.NDArray[np.uint8]) -> tuple[Alpha, float]:
    """The method's alpha, and the seconds that it took. In place of a model's logits there is how near the known parts are."""
    import cv2
    import numpy as np

    guide = _between(trimap)
    if asked["method"] in ("mask", "perfect"):
        truth = matte_shots.grey(path.parent.parent / "alpha" / path.name)
        return (np.asarray((guide if asked["method"] == "mask" else truth) >= 0.5, np.float32), 0.0)
    from engine.matte import methods

    read = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if read is None:
        raise SystemExit(f"{path}: can't be read")
    picture = np.asarray(read[..., ::-1], np.uint8, order="C")
    features = _encoded(picture, asked["device"]) if methods.choose(asked["method"]).needs_features else None
    method = methods.make(asked["method"], asked["device"])
    began = time.perf_counter()
    found = method.alpha(np.divide(picture, 255, dtype=np.float32), trimap, guide, features)
    return found, time.perf_counter() - began


@cache
def _model(device: str | None) -> ImageModel:
    from engine.segment import models
    from engine.segment.image_model import load_image_model

    return load_image_model(models.DEFAULT, device)


def _encoded(picture: npt.NDArray[np.uint8], device: str | None) -> Embedding:
    return _model(device).encode(picture)


def _three_values(trimap: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """0, 128 and 255 alone, whatever grey the unknown is."""
    import numpy as np

    return np.select([trimap <= 0.02, trimap >= 0.98], [np.uint8(0), np.uint8(255)], np.uint8(128)).astype(np.uint8)


def _between(trimap: npt.NDArray[np.uint8]) -> Alpha:
    """(h, w), 0 on the known background, 1 on the known foreground, and between them by the distance from both."""
    import cv2
    import numpy as np

    behind, before = (cv2.distanceTransform((trimap != value).astype(np.uint8), cv2.DIST_L2, 5) for value in (0, 255))
    return np.asarray(behind / np.maximum(behind + before, 1e-6), np.float32)


def _resources(asked: dict[str, Any], keep: Path) -> Resources:
    """What the encoder gives is kept beside the stores: the next method finds it."""
    from engine.jobs import Resources
    from engine.settings import Settings

    return Resources(settings=Settings(device=asked["device"], cache=keep / "features", cache_bytes=CACHE_BYTES))


def peak_memory() -> int:
    """Bytes that this process has held at most."""
    if os.name == "nt":
        import psutil  # type: ignore[import-untyped]

        return int(psutil.Process().memory_info().peak_wset)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    raise SystemExit(main(json.loads(sys.argv[1])))
