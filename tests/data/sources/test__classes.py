from mmfundus.data.sources import _classes
from mmfundus.knowledge import concepts

MAPS = (_classes.KERMANY, _classes.HRF, _classes.HUAPU, _classes.TVHL_DME, _classes.TVHL_DR, _classes.ODIR)


def test_classes_name_concepts_and_do_not_contradict_themselves():
    for classes in MAPS:
        for stated in classes.values():
            assert {*stated.present, *stated.absent} <= set(concepts.concepts())
            assert concepts.conflict(stated.present, stated.absent) == ""


def test_of_kermany_drusen_beneath_the_others_are_unknown():
    for label in ("CNV", "DME"):
        assert "drusen" not in _classes.KERMANY[label].absent


def test_keywords_are_what_the_dictionary_would_find_where_it_knows_them():
    """A keyword that is a concept's own name must mean that concept."""
    by_name = {concepts.key(name): concept.id for concept in concepts.concepts().values() for name in concept.names}
    known = {word: by_name[concepts.key(word)] for word in _classes.ODIR if concepts.key(word) in by_name}
    assert len(known) > 20
    assert {word: _classes.ODIR[word].present for word in known} == {
        word: (concept,) for word, concept in known.items()
    }
