"""torch's builds: which there are, where their publisher keeps them, and how much room they take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

INDEX = "https://download.pytorch.org/whl/"
"""The publisher's own, with a folder for each build."""
LIBRARIES_DOWNLOAD, LIBRARIES_INSTALLED = 190, 500
"""Megabytes (10^6 bytes) of what the engine needs beside torch."""
SPARE = 500
"""Megabytes that stay free."""


@dataclass(frozen=True)
class Build:
    """One of torch's builds. Sizes are of torch 2.13.0 with its own dependencies, in megabytes, as a guide for the free room."""

    name: str
    label: str
    description: str
    systems: tuple[str, ...]
    """Where there is one, as `machine.system` says it: ``linux-x86_64``."""
    folder: str
    """Below `INDEX`; empty where pip's own configuration says where packages come from."""
    local: str
    """What is added to torch's version, so that no other build can be taken for this one; empty where there is nothing to add."""
    download: int
    installed: int
    at_least: bool = False
    """Whether it may take more, as nobody knows beforehand which build pip comes to."""

    @property
    def index(self) -> str:
        """The address of its package index; empty for pip's own."""
        return INDEX + self.folder if self.folder else ""

    @property
    def needed(self) -> int:
        """Bytes that the disk must have free: pip fetches, keeps and unpacks each package, and the others come too."""
        return (2 * (self.download + LIBRARIES_DOWNLOAD) + self.installed + LIBRARIES_INSTALLED + SPARE) * 1_000_000


_PC = ("linux-x86_64", "windows-x86_64")
_ALL = (*_PC, "linux-arm64", "windows-arm64", "macos-arm64")
_EVERY = (
    Build("cuda130", "CUDA 13.0", "For NVIDIA GPUs since RTX 20, with driver 580 or newer", _PC, "cu130", "+cu130", 2600, 5500),
    Build(
        "cuda126",
        "CUDA 12.6",
        "For NVIDIA GPUs from GTX 900 to RTX 40, with driver 525 or newer",
        _PC,
        "cu126",
        "+cu126",
        3000,
        7000,
    ),
    Build("rocm72", "ROCm 7.2", "For AMD GPUs on Linux, with the amdgpu driver", ("linux-x86_64",), "rocm7.2", "+rocm7.2", 5000, 18000),
    Build("mac", "Apple GPU", "For Macs with an Apple processor and macOS 14 or newer", ("macos-arm64",), "", "", 120, 500),
    Build("cpu", "CPU", "For machines without a supported GPU: slow, but it works everywhere", _ALL[:-1], "cpu", "+cpu", 200, 900),
    Build(
        "pip",
        "As pip Is Configured",
        "Whichever build pip's own settings lead to, such as a studio's index",
        _ALL,
        "",
        "",
        200,
        900,
        True,
    ),
)
BUILDS: Mapping[str, Build] = MappingProxyType({build.name: build for build in _EVERY})
"""By name."""


def torch_requirement(requirements: str, build: Build) -> str:
    """``torch==2.13.0+cu130``: the one requirement in the text of requirements-torch.txt, for `build`."""
    (line,) = [line.strip() for line in requirements.splitlines() if line.strip() and not line.startswith("#")]
    return line + build.local
