"""Which device the models run on."""

from __future__ import annotations

from ..shot import MattewrightError


def pick_device(preference: str | None = None) -> str:
    """`preference` (``cuda``, ``cuda:1``, ``mps``, ``cpu``) if it is there; without one, the best of cuda, mps, cpu.

    Raises MattewrightError when the one asked for is unknown or not there.
    """
    import torch

    if preference is None:
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    kind, _, index = preference.partition(":")
    if kind not in ("cuda", "mps", "cpu") or (index and not (kind == "cuda" and index.isdecimal())):
        raise MattewrightError(f"device '{preference}': expected cuda, cuda:<number>, mps or cpu")
    if kind == "cuda":
        if not torch.cuda.is_available():
            reason = (
                "no CUDA or ROCm device answers" if torch.version.cuda or torch.version.hip else "this torch is built for the CPU alone"
            )
            raise MattewrightError(f"device '{preference}': {reason}: choose cpu, or install the torch build for the GPU")
        count = torch.cuda.device_count()
        if index and int(index) >= count:
            raise MattewrightError(f"device '{preference}': there {'is' if count == 1 else 'are'} {count}, numbered from 0")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise MattewrightError("device 'mps': needs an Apple GPU, macOS 12.3 or newer, and torch's macOS build: choose cpu")
    return preference


def limit_memory(device: str, limit: int | None) -> None:
    """Have torch take no more than `limit` bytes of the GPU `device`, and say that memory ran out instead; nothing for the CPU or None."""
    import torch

    if limit is None:
        return
    if device.startswith("cuda"):
        chosen = torch.device(device)
        total = torch.cuda.get_device_properties(chosen).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, limit / total), chosen)
    elif device == "mps":
        torch.mps.set_per_process_memory_fraction(min(2.0, limit / torch.mps.recommended_max_memory()))
