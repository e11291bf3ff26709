"""Several processes as one: start, share, gather once. Losses know nothing of it.

Each rank embeds its part of the global batch; `gather` brings all vectors to every rank, each
rank computes the full loss, and DistributedDataParallel or FSDP averages the gradients. That
equals the gradient of one process with the whole batch (see `_Gather.backward`).
"""

import datetime
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from jaxtyping import Float
from torch import Tensor
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from mmfundus.errors import TrainingStopped, UsageError, explained
from mmfundus.tensors import Batch, Features
from mmfundus.train.heartbeat import Heartbeat, end_process

T = TypeVar("T")
LONGEST = datetime.timedelta(hours=2)  # of a collective; who is gone is noticed by the heartbeat, long before


@dataclass(frozen=True)
class World:
    """Who this process is among how many, and on what device."""

    rank: int
    size: int
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether this process writes files and prints."""
        return self.rank == 0

    def mine(self, items: Sequence[T]) -> list[T]:
        """This rank's share of a batch: the parts are contiguous and differ by at most one."""
        share, more = divmod(len(items), self.size)
        first = self.rank * share + min(self.rank, more)
        return list(items[first : first + share + (self.rank < more)])


@contextmanager
def world(device: str = "") -> Iterator[World]:
    """The world torchrun describes in the environment, or a world of one. `device`: empty = a GPU if there is one.

    Raises TrainingStopped, with the ranks that are missing, where another process is lost.
    """
    rank, size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    chosen = _device(device)
    if size == 1:
        yield World(0, 1, chosen)
        return
    store, _, _ = next(rendezvous("env://", timeout=LONGEST))
    # torchrun keeps its store over a restart, and with it the addresses and the beats of processes that are gone.
    store = PrefixStore(f"attempt-{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", store)
    heartbeat = Heartbeat(PrefixStore("mmfundus", store), rank, size, end_process).start()
    backend = "cpu:gloo,cuda:nccl" if chosen.type == "cuda" else "gloo"  # objects travel over gloo
    dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=LONGEST)
    why = ""
    try:
        yield World(rank, size, chosen)
        dist.barrier()  # a rank that leaves early would abort the others' last messages
    except BaseException as error:
        why = explained(error)[1]
        happened = heartbeat.what_happened() if isinstance(error, RuntimeError) else ""
        if not happened:
            raise
        raise TrainingStopped(happened) from error
    finally:
        heartbeat.stop(why)
        if dist.is_initialized():
            dist.destroy_process_group()


def _device(asked: str) -> torch.device:
    local = int(os.environ.get("LOCAL_RANK", "0"))
    try:
        chosen = torch.device(asked or (f"cuda:{local}" if torch.cuda.is_available() else "cpu"))
    except RuntimeError:
        raise UsageError(f"There is no device named {asked!r}. Choose cpu, cuda or cuda:N.") from None
    if chosen.type == "cuda":
        if not torch.cuda.is_available():
            raise UsageError(f"device is {asked!r}, but torch finds no GPU here. Leave device out, or give cpu.")
        torch.cuda.set_device(chosen)
    return chosen


def together() -> bool:
    """Whether there is more than one process."""
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def everyones(one: T) -> list[T]:
    """What each rank has, in the order of ranks; it is sent pickled, between our own processes."""
    if not together():
        return [one]
    found: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(found, one)
    return found


def leaders(one: T) -> T:
    """What the leading rank has: decisions that all must share are made once."""
    if not together():
        return one
    told = [one]
    dist.broadcast_object_list(told, src=0)
    return told[0]


def any_ranks(yes: bool) -> bool:
    """Whether it is so on at least one rank."""
    if not together():
        return yes
    told = torch.tensor(int(yes))
    dist.all_reduce(told, op=dist.ReduceOp.MAX)
    return bool(told)


def gather(features: Features) -> Features:
    """The features of all ranks, in the order of ranks, with gradient to this rank's own."""
    if not together():
        return features
    counts = everyones(len(features.image))
    return replace(features, image=_gathered(features.image, counts), text=_gathered(features.text, counts))


def gather_batch(batch: Batch) -> Batch:
    """What is known of the samples of all ranks; pixels and tokens stay where they are, here they are empty."""
    if not together():
        return batch
    names = ("texts", "patient", "eye", "modality", "images", "refused")
    told = everyones(({name: getattr(batch, name) for name in names}, batch.labels.cpu()))
    joined: dict[str, Any] = {name: tuple(chain.from_iterable(one[name] for one, _ in told)) for name in names}
    labels = torch.cat([labels for _, labels in told]).to(batch.labels.device)
    joined |= {"pixels": batch.pixels.new_zeros(len(labels), 0, 0, 3), "tokens": batch.tokens.new_zeros(0, 0)}
    return replace(batch, labels=labels, **joined)


def _gathered(vectors: Float[Tensor, "b d"], counts: Sequence[int]) -> Float[Tensor, "n d"]:
    found: Tensor = _Gather.apply(vectors, tuple(counts))
    return found


class _Gather(torch.autograd.Function):
    """All ranks' rows, which may differ in number."""

    @staticmethod
    def forward(context: Any, vectors: Tensor, counts: tuple[int, ...]) -> Tensor:
        rank, most = dist.get_rank(), max(counts)
        context.rows = slice(sum(counts[:rank]), sum(counts[: rank + 1]))
        padded = vectors.new_zeros(most, vectors.shape[1])
        padded[: len(vectors)] = vectors
        parts = [torch.empty_like(padded) for _ in counts]
        dist.all_gather(parts, padded)
        return torch.cat([part[:count] for part, count in zip(parts, counts, strict=True)])

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        # Every rank has computed the same loss, so the sum over ranks of the gradient to these rows is
        # this rank's times their number. DistributedDataParallel then divides by that number.
        (gradient,) = gradients
        return gradient[context.rows] * dist.get_world_size(), None
