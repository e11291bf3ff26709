"""What a captioner of notes is told, and what it leaves for a person to look at."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmfundus.errors import UsageError
from mmfundus.tables import writable
from mmfundus.types import Record
from mmfundus.verbs._ends import at_least

ANSWERS = "answers"  # the folder of a language model's answers is called so behind the output's name


@dataclass(frozen=True)
class Server:
    """Options of a language model alone."""

    base_url: str | None = None
    """With llm: the server's address, such as http://localhost:8000/v1."""
    model: str | None = None
    """With llm: the model, as the server calls it."""
    allow_remote: bool = False
    """With llm: let redacted notes leave this computer. Redaction by rules is not anonymisation."""
    concurrency: int | None = None
    """With llm: notes asked at a time; 4 if not given."""
    timeout: float | None = None
    """With llm: seconds that the server may be silent; 300 if not given."""
    cache: Path | None = None
    """With llm: folder of the answers, so that nothing is sent twice; OUT.answers if not given."""
    disagreements: Path | None = None
    """With llm: write what it says otherwise than the rules, and what was rejected, to this table."""


NO_SERVER = Server()


def settings(server: Server, by: str, workers: int, out: Path) -> dict[str, Any]:
    """What the captioner is made with. Raises UsageError for options that belong to the other one."""
    if by == "rules":
        if given := [name for name, value in vars(server).items() if value not in (None, False)]:
            raise UsageError(f"--{given[0].replace('_', '-')} is for --with llm; the rules take no such option.")
        return {}
    if workers != 1:
        raise UsageError("--workers is for --with rules. How many notes a server is asked at a time is --concurrency.")
    for name, value in (("base-url", server.base_url), ("model", server.model)):
        if not value:
            raise UsageError(f"--with llm needs --{name}. Example: --base-url http://localhost:8000/v1 --model NAME.")
    concurrency, timeout = server.concurrency or 4, 300.0 if server.timeout is None else server.timeout
    at_least(1, concurrency=4 if server.concurrency is None else server.concurrency)
    if not 0 < timeout < float("inf"):
        raise UsageError(f"--timeout is {timeout:g}; it must be a number of seconds above 0.")
    cache = server.cache or out.with_name(f"{out.name}.{ANSWERS}")
    writable(cache)
    told = {"base_url": server.base_url, "model": server.model, "allow_remote": server.allow_remote}
    return {**told, "concurrency": concurrency, "timeout": timeout, "cache": cache}


def asked(found: Sequence[tuple[int, Record]], captioner: Any) -> Iterator[Any]:
    """What a language model says of each record, in order, with the tokens beside the progress."""
    from tqdm import tqdm

    from mmfundus.data.records import Told

    said = captioner.many(record for _, record in found)
    with tqdm(total=len(found), desc="asking", unit=" notes", file=sys.stderr, disable=None) as bar:
        for (number, record), one in zip(found, said, strict=True):
            spent = captioner.usage
            bar.set_postfix_str(f"{spent.tokens_in + spent.tokens_out:,} tokens", refresh=False)
            bar.update()
            yield Told(number, record, one)


def left_to_look_at(told: Sequence[Any], by: str, review: Path | None, table: Path | None) -> Iterator[str]:
    """Write the review page and the table of disagreements; a line for each of what there is, for the screen."""
    from mmfundus import tables
    from mmfundus.knowledge import disagreements
    from mmfundus.knowledge.captions import rules

    if by == "rules" and review is None:
        return
    names = ("rules",) if by == "rules" else ("language model", "rules")
    items = [
        disagreements.reviewed(
            one.row,
            one.record,
            one.extraction,
            None if by == "rules" else rules.extract(one.record.note, one.record.eye, one.record.icd10),
        )
        for one in told
    ]
    if by != "rules":
        rejected = sum(len(item.first.rejected) for item in items)
        differ = sum(item.disagreements for item in items)
        yield f"{rejected} statements rejected; {differ} disagreements with the rules."
    if table is not None:
        tables.write(table, disagreements.table(items, ("llm", "rules")))
        yield f"Disagreements: {table}"
    if review is not None:
        from mmfundus.report.pages import review_page

        review.parent.mkdir(parents=True, exist_ok=True)
        with tables.whole(review) as beside:
            beside.write_text(review_page(items, names), encoding="utf-8")
        yield f"Review page: {review}"
