"""Names in running text."""

import pytest

from mmfundus.knowledge.captions import _mentions


def found(note) -> list[tuple[str, str]]:
    mentions = _mentions.find(note, 0, len(note.tokens), note.text)
    return [(m.concept, note.text[note.tokens[m.first].start : note.tokens[m.last - 1].end]) for m in mentions]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("severe bilateral NPDR", [("severe_npdr", "severe bilateral NPDR")]),
        ("oedema of the left macula", [("macular_edema", "oedema of the left macula")]),
        (
            "drusenoid detachment of the pigment epithelium",
            [("drusenoid_ped", "drusenoid detachment of the pigment epithelium")],
        ),
        ("A/V nipping", [("av_nicking", "A/V nipping")]),
        ("branch inferotemporal retinal vein occlusion", [("brvo", "branch inferotemporal retinal vein occlusion")]),
        ("cotton-wool spots", [("cotton_wool_spots", "cotton-wool spots")]),
    ],
)
def test_the_longest_name_is_taken(divided, text: str, names: list[tuple[str, str]]) -> None:
    assert found(divided(text)) == names


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("disc and retinal neovascularisation", ["nvd", "retinal_neovascularization"]),
        ("flame, dot and blot haemorrhages", ["flame_hemorrhage", "dot_blot_hemorrhage"]),
        ("intra- or subretinal fluid", ["intraretinal_fluid", "subretinal_fluid"]),
        ("hard and soft drusen", ["hard_drusen", "soft_drusen"]),
    ],
)
def test_lists_share_a_word(divided, text: str, concepts: list[str]) -> None:
    assert [concept for concept, _ in found(divided(text))] == concepts


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("seen by Dr Smith", []),
        ("no DR", ["diabetic_retinopathy"]),
        ("no dr, seen by dr smith", ["diabetic_retinopathy"]),
        ("SEEN BY DR ADAMSON. NO DR IN EITHER FUNDUS", ["diabetic_retinopathy"]),
        ("he saw me on monday", []),
        ("to r/o RT", ["retinal_tear"]),
        ("no npdr", ["npdr"]),
    ],
)
def test_letters_that_are_words(divided, text: str, concepts: list[str]) -> None:
    assert [concept for concept, _ in found(divided(text))] == concepts
