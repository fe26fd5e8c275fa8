"""Render clips by Blender and put them in order: alpha, straight foreground colour, depth, manifest, contact sheet.

A clip's folder appears whole or not at all. Blender runs as a process of its own for each clip.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import OpenImageIO

from .scenes.plan import Plan

Floats = npt.NDArray[np.float32]
ROOT = Path(__file__).resolve().parents[2]
NOTHING = 65504.0
"""The depth where there is nothing: the farthest that a half float can say."""


@dataclass(frozen=True)
class Quality:
    """Samples a pixel: colour (then denoised), and alpha (at most; where it is certain, fewer)."""

    colour: int = 6
    alpha: int = 96
    threads: int = 1


def render(plan: Plan, python: Path, out: Path, quality: Quality) -> dict[str, Any]:
    """Clip `plan` in `out`/<name>, by the interpreter `python` that has bpy. Gives its manifest. RuntimeError: Blender said no."""
    started = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    work = out / f".{plan.name}.partial"
    shutil.rmtree(work, ignore_errors=True)
    raw = work / "raw"
    raw.mkdir(parents=True)
    described = work / "plan.json"
    described.write_text(json.dumps(plan.as_json()), encoding="utf-8")
    numbers = [str(number) for number in (quality.colour, quality.alpha, quality.threads)]
    command = [str(python), "-m", "scripts.matte_data.scenes.in_blender", str(described), str(raw), *numbers]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False)
    told = raw / "blender.json"
    if done.returncode or not told.is_file():
        raise RuntimeError(f"{plan.name}: Blender ended with exit status {done.returncode}: {done.stderr.strip()[-1500:]}")
    seen = _convert(plan, raw, work)
    manifest = {
        **plan.as_json(),
        **json.loads(told.read_text(encoding="utf-8")),
        "samples": {"colour": quality.colour, "alpha": quality.alpha},
        "seconds": round(time.monotonic() - started, 1),
        **seen,
        "foreground": "8-bit sRGB, straight (not premultiplied), spread outwards past the edge",
        "alpha": "16-bit grey, linear coverage",
        "depth": f"half float EXR, metres along the view; {NOTHING:g} where nothing is",
    }
    shutil.rmtree(raw)
    described.unlink()
    (work / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    work.replace(out / plan.name)
    return manifest


def _convert(plan: Plan, raw: Path, clip: Path) -> dict[str, Any]:
    """Blender's frames in `raw` into the layout below `clip`; gives the exposure that was chosen and the share of soft pixels."""
    for folder in ("alpha", "foreground", "depth"):
        (clip / folder).mkdir()
    exposure, soft, covered = 0.0, [], []
    for frame in range(1, plan.frames + 1):
        colour = _channels(raw / f"colour_{frame:04d}.exr")
        seen = _channels(raw / f"alpha_{frame:04d}.exr")
        alpha = np.clip(seen["A"], 0.0, 1.0)
        alpha[alpha > 0.999] = 1.0
        # Colour is denoised and so goes with the clean alpha, not with the grainy one of its own few samples.
        premultiplied = np.stack([colour[name] for name in "RGB"], axis=2) * (alpha > 0)[..., None]
        straight = spread(premultiplied.astype(np.float32), alpha)
        exposure = exposure or _exposure(straight, alpha, plan.light["brightness"])
        _write_picture(clip / "alpha" / f"{frame:04d}.png", np.rint(alpha * 65535).astype(np.uint16))
        _write_picture(clip / "foreground" / f"{frame:04d}.png", np.rint(_srgb(straight * exposure) * 255).astype(np.uint8)[..., ::-1])
        depth = np.where(alpha > 0, np.minimum(seen["Z"], NOTHING), NOTHING)
        _write_half(clip / "depth" / f"{frame:04d}.exr", depth.astype(np.float32))
        soft.append(float(((alpha > 0.02) & (alpha < 0.98)).mean()))
        covered.append(float(alpha.mean()))
    return {
        "exposure": round(exposure, 4),
        "soft_share": round(float(np.mean(soft)), 4),
        "covered_share": round(float(np.mean(covered)), 4),
    }


def _channels(path: Path) -> dict[str, Floats]:
    """The channels R, G, B, A of the combined pass, and Z, of a multilayer (perhaps multipart) EXR."""
    opened = OpenImageIO.ImageInput.open(str(path))
    if opened is None:
        raise RuntimeError(f"{path}: Blender's frame can't be read")
    found: dict[str, Floats] = {}
    part = 0
    while opened.seek_subimage(part, 0):
        names = opened.spec().channelnames
        pixels = np.asarray(opened.read_image(part, 0, 0, len(names), OpenImageIO.FLOAT), np.float32).reshape(
            opened.spec().height, opened.spec().width, -1
        )
        for at, name in enumerate(names):
            last = name.rsplit(".", 1)[-1]
            if "Combined" in name and last in "RGBA":
                found[last] = np.ascontiguousarray(pixels[..., at])
            elif "Depth" in name:
                found["Z"] = np.ascontiguousarray(pixels[..., at])
        part += 1
    opened.close()
    return found


def spread(premultiplied: Floats, alpha: Floats) -> Floats:
    """Straight colour (h, w, 3) of `premultiplied`; where alpha is little or nothing, the colour of the foreground near by."""
    levels: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = [(premultiplied, alpha)]
    while min(levels[-1][1].shape) > 2:
        colour, weight = levels[-1]
        levels.append((cv2.pyrDown(colour), cv2.pyrDown(weight)))
    colour, weight = levels[-1]
    filled = colour / np.maximum(weight, 1e-6)[..., None]
    for colour, weight in reversed(levels[:-1]):
        wide = cv2.pyrUp(filled, dstsize=(colour.shape[1], colour.shape[0]))
        sure = np.clip(weight / 0.3, 0.0, 1.0)[..., None]
        filled = np.maximum(sure * colour / np.maximum(weight, 1e-6)[..., None] + (1 - sure) * wide, 0.0)
    return np.asarray(filled, np.float32)


def _exposure(straight: Floats, alpha: Floats, brightness: float) -> float:
    """What to multiply scene-linear colour by, so that the foreground's bright parts come to `brightness` as displayed."""
    luminance = (straight @ np.array([0.2126, 0.7152, 0.0722], np.float32))[alpha > 0.5]
    bright = float(np.percentile(luminance, 90)) if luminance.size else 1.0
    return float(np.clip(brightness**2.2 / max(bright, 1e-4), 0.05, 40.0))


def _srgb(linear: Floats) -> Floats:
    clipped = np.clip(linear, 0.0, 1.0)
    return np.asarray(np.where(clipped <= 0.0031308, clipped * 12.92, 1.055 * clipped ** (1 / 2.4) - 0.055), np.float32)


def _write_picture(path: Path, pixels: npt.NDArray[Any]) -> None:
    """A PNG by OpenCV; its own writer doesn't take paths that aren't ASCII on Windows."""
    done, coded = cv2.imencode(".png", pixels)
    if not done:
        raise OSError(f"{path}: could not be coded as PNG")
    path.write_bytes(coded.tobytes())


def _write_half(path: Path, pixels: Floats) -> None:
    spec = OpenImageIO.ImageSpec(pixels.shape[1], pixels.shape[0], 1, "half")
    spec.channelnames = ["Y"]
    spec["compression"] = "zip"
    written = OpenImageIO.ImageOutput.create(str(path))
    if written is None or not written.open(str(path), spec) or not written.write_image(pixels[..., None]):
        raise OSError(f"{path}: could not be written: {OpenImageIO.geterror()}")
    written.close()


def clips(out: Path) -> list[dict[str, Any]]:
    """The manifests of the whole clips in `out`, in order."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(out.glob("[0-9]*/manifest.json"))]


def write_manifest(out: Path, seed: int) -> None:
    """`out`/manifest.json: all clips that are there."""
    there = clips(out)
    content = {"seed": seed, "clips": [f"{clip['index']:04d}_{clip['kind']}" for clip in there], "of": there}
    partial = out / "manifest.json.partial"
    partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    partial.replace(out / "manifest.json")


def contact_sheet(out: Path, columns: int = 8, width: int = 200) -> Path | None:
    """`out`/contact-sheet.png: each clip's first frame over grey checks, its alpha below. None: there are no clips."""
    tiles: list[npt.NDArray[Any]] = []
    for manifest in clips(out):
        folder = out / f"{manifest['index']:04d}_{manifest['kind']}"
        alpha = _read(folder / "alpha" / "0001.png").astype(np.float32) / 65535
        front = _read(folder / "foreground" / "0001.png").astype(np.float32)
        height = round(width * alpha.shape[0] / alpha.shape[1])
        rows, across = np.indices(alpha.shape)
        checks = np.asarray(110 + 60 * ((rows // 24 + across // 24) % 2), np.float32)[..., None]
        over = front * alpha[..., None] + checks * (1 - alpha[..., None])
        both = np.concatenate([over, np.repeat(alpha[..., None] * 255, 3, axis=2)])
        tile = cv2.resize(both, (width, 2 * height), interpolation=cv2.INTER_AREA).astype(np.uint8)
        cv2.putText(
            tile, f"{manifest['index']} {manifest['kind']}", (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA
        )
        tiles.append(tile)
    if not tiles:
        return None
    shape = tiles[0].shape
    tiles = [tile if tile.shape == shape else cv2.resize(tile, (shape[1], shape[0])) for tile in tiles]
    tiles += [np.zeros(shape, np.uint8)] * (-len(tiles) % columns)
    sheet = np.concatenate([np.concatenate(tiles[i : i + columns], axis=1) for i in range(0, len(tiles), columns)])
    path = out / "contact-sheet.png"
    _write_picture(path, sheet)
    return path


def _read(path: Path) -> npt.NDArray[Any]:
    pixels = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise OSError(f"{path}: can't be read as a picture")
    return pixels
