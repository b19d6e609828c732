"""One training in several processes, as torchrun starts them: each takes its share of every batch.

Gradients are averaged every step, so all processes take the step that one alone would take. A batch norm sees its
process's share only, as in torch's DistributedDataParallel; the running statistics are averaged at the end of an epoch,
which is the same as every step, because they are linear in what is seen.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlbackprop.cnn.errors import Parted
from xlbackprop.errors import BadOption

if TYPE_CHECKING:
    from torch import Tensor

BACKENDS = {"cpu": "gloo", "cuda": "nccl"}


@dataclass(frozen=True, slots=True)
class Crew:
    """The processes of a training. rank: this one's number; local: that on its machine; restarts: tries before this."""

    rank: int = 0
    size: int = 1
    local: int = 0
    restarts: int = 0

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes and prints."""
        return self.rank == 0

    def share(self, batch: Tensor) -> Tensor:
        """This process's slice of a batch."""
        size = len(batch) // self.size
        return batch[self.rank * size : (self.rank + 1) * size]

    def average(self, tensor: Tensor) -> None:
        """Put the mean over all processes in place of the tensor."""
        if self.size > 1:
            import torch.distributed as dist

            try:
                dist.all_reduce(tensor)
            except RuntimeError:
                raise Parted(
                    "another process of this training has ended; go on from the checkpoint with --resume, "
                    "or let torchrun do so with --max-restarts"
                ) from None
            tensor /= self.size


def crew_of_torchrun() -> Crew:
    """What torchrun told this process; alone without it."""
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "TORCHELASTIC_RESTART_COUNT")
    rank, size, local, restarts = (os.environ.get(name, "") for name in names)
    return Crew(int(rank or 0), int(size or 1), int(local or 0), int(restarts or 0)) if size else Crew()


@contextmanager
def together(crew: Crew, device: str) -> Iterator[None]:
    """Connect the processes for the time of the block. device: cpu, cuda or mps."""
    if crew.size == 1:
        yield
        return
    import torch.distributed as dist
    from torch.distributed.rendezvous import rendezvous

    if device not in BACKENDS:
        raise BadOption(f"--device {device}: cannot train in several processes; choose {' or '.join(BACKENDS)}")
    # torchrun keeps one store over its restarts; what an earlier try left in it would be waited for in vain.
    store, _, _ = next(rendezvous("env://", crew.rank, crew.size))
    store = dist.PrefixStore(f"try {crew.restarts}", store)
    dist.init_process_group(BACKENDS[device], store=store, rank=crew.rank, world_size=crew.size)
    try:
        yield
    finally:
        dist.destroy_process_group()
