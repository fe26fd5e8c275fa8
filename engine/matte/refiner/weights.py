"""The UNet's weights on disk: safetensors, float16, with what the network is built from in the metadata, and a checksum beside.

``refiner.safetensors`` and ``refiner.sha256`` (as sha256sum writes it) lie in this package and ship with it; MODEL_CARD.md tells of them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from ...shot import MattewrightError
from .network import Network, NetworkSettings
from .shipped import ENTRY, NETWORK, SHIPPED, checksum_of, sealed, told

__all__ = ["load_network", "save_network"]


def save_network(network: Network, path: Path, notes: dict[str, str]) -> str:
    """Write the weights as float16, the checksum beside them, and return that. `notes` go into the metadata."""
    tensors = {name: value.detach().to("cpu", torch.float16).contiguous() for name, value in network.state_dict().items()}
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    # One entry: safetensors writes several in no certain order.
    metadata = {"kind": NETWORK, "settings": network.settings.values(), "notes": notes}
    save_file(tensors, temporary, {ENTRY: json.dumps(metadata, sort_keys=True)})
    return sealed(temporary, path)


def load_network(path: Path = SHIPPED) -> tuple[Network, str]:
    """The network in float32, for use, and its weights' SHA-256.

    Raises MattewrightError where the file is missing or not what it should be.
    """
    checksum = checksum_of(path)
    said = told(path)
    if said.get("kind") != NETWORK:
        raise MattewrightError(f"{path}: weights of kind {said.get('kind')}, expected {NETWORK}: they are another version's")
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    network = Network(NetworkSettings.of(said["settings"]))
    network.load_state_dict(tensors)
    return network.eval().requires_grad_(False), checksum
