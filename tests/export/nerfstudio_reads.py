"""Run by a test with nerfstudio's code on the path: its COLMAP reader and its data set, on a folder; what they make of it as .npz.

    python nerfstudio_reads.py FOLDER OUT.npz NERFSTUDIO

Modules that its import wants and this does not (the viewer, raw photographs) are stood in for by empty ones.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path

import numpy as np

place = Path(sys.argv[3])
sys.path.insert(0, str(place))
for name in ("viser", "rawpy", "newrawpy"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["viser"].__path__ = [str(place / "viser")]

from nerfstudio.data.dataparsers.colmap_dataparser import ColmapDataParserConfig  # noqa: E402
from nerfstudio.data.datasets.base_dataset import InputDataset  # noqa: E402

config = ColmapDataParserConfig(
    data=Path(sys.argv[1]), masks_path=Path("masks"), colmap_path=Path("sparse"), eval_mode="all", downscale_factor=1
)
data = InputDataset(config.setup().get_dataparser_outputs("train"))
found = {}
for index in range(len(data)):
    read = data.get_data(index)
    name = Path(data.image_filenames[index]).name
    found[f"mask {name}"], found[f"image {name}"] = read["mask"].numpy(), read["image"].numpy()
np.savez(sys.argv[2], **found)
