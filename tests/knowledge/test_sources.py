import pytest

from mmfundus.errors import WorkError
from mmfundus.knowledge import sources
from mmfundus.knowledge.blocks import parse
from mmfundus.knowledge.concepts import Dictionary, concepts, shipped

GOOD = '[s]\ntitle = "T"\nby = "B"\nyear = 2003\nwhere = "doi:1"\nread = "part"\n'


def test_a_source_is_read() -> None:
    assert sources.parse(GOOD) == {"s": sources.Source("s", "T", "B", 2003, "doi:1", "part")}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (GOOD.replace('by = "B"\n', ""), "The source 's' has no 'by'"),
        (GOOD.replace("part", "all of it"), "The source 's' was read 'all of it'; say one of: whole, part"),
        (GOOD + "page = 1", "The source 's' has the unknown key 'page'"),
    ],
)
def test_a_wrong_source_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(WorkError, match=sentence):
        sources.parse(text)


def test_what_cites_an_unknown_source_is_refused() -> None:
    block = '[x]\nname = "x"\nkind = "finding"\nmodalities = ["fa"]\n'
    known = sources.parse(GOOD)
    with pytest.raises(WorkError, match="'x' cites 'gone', which is not in the file of sources"):
        Dictionary(parse(block + 'source = "gone"'), known_sources=known)
    with pytest.raises(WorkError, match="'x' cites 'gone'"):
        Dictionary(parse(block + 'findings = { fa = ["y [gone]"] }'), known_sources=known)
    assert Dictionary(parse(block + 'source = "s"'), known_sources=known).concepts["x"].source == "s"


def test_every_shipped_source_is_cited() -> None:
    cited = {source for c in concepts().values() for source in (c.source, *c.cited.values())}
    cited |= {scale.source for scale in shipped().scales.values()}
    assert set(sources.shipped()) == cited - {"unreviewed"}
