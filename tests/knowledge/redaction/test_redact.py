import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmfundus.knowledge import concepts
from mmfundus.knowledge.captions import rules
from mmfundus.knowledge.redaction.cuts import KINDS, PLACEHOLDER
from mmfundus.knowledge.redaction.redact import redact, version

NOTES = Path(__file__).parents[2] / "golden" / "notes" / "dev.jsonl"
DEV = [json.loads(line) for line in NOTES.read_text(encoding="utf-8").splitlines()]
NAMES = ("Zebulon Quixley", "Oluwaseun Adebayo-Finch", "María Óhidalgo", "Persephone O'Tarrant", "Wulfric Nakashima")
# What a note may say of a person; each identifier stands in braces.
PLANTED = (
    "Seen by Dr {name} on {date}.",
    "Patient: {name}, MRN {id}.",
    "{name}, {age}F, DOB {date}.",
    "NHS no {nhs}. Tel {phone}.",
    "Dear Dr {name},",
    "Mail {mail}, see {web}.",
    "Sincerely,\n{name}",
    "His wife {name} (ph {phone}) called.",
    "Address: {street}",
)
FILLED = {
    "name": NAMES,
    "date": ("3/14/2019", "14.03.19", "2019-03-14", "14 March 2019", "March 14th, 2019", "14-MAR-2019", "14 Mar '19"),
    "id": ("A1234567", "00-11-77", "HX/20931", "998877"),
    "nhs": ("943 476 5919", "943-476-5919", "9434765919"),
    "phone": ("(555) 010-9987", "01632 960 222", "+44 20 7946 0958", "555-0100", "07700900461"),
    "mail": ("zq@clinic.example", "z.quixley+eye@mail.clinic.example"),
    "web": ("https://portal.example/p?id=77", "www.portal.example/77"),
    "age": ("90", "97", "103"),
    "street": ("14b Old Mill Lane, Snoring NR21 0HY", "77 Massachusetts Ave Apt 4, Cambridge, MA 02139"),
}
FINDINGS = (
    "OD: mod NPDR w/o CSME", "OS PRP scars, no NV", "Best disease OU", "VA 6/9 20/40", "CDR 0.3/0.4, CST 312 um",
    "E11.3393", "h/o BRVO OS 2019", "Irvine-Gass syndrome LE", "Roth spots", "24-2 field full",
)  # fmt: skip
EPONYMS = (
    "Weiss ring OD", "Charles Bonnet syndrome", "Marcus Gunn pupil LE", "Watzke-Allen negative", "Goldmann tonometry",
    "Amsler Grid normal", "Heidelberg Spectralis", "Hollenhorst Plaque", "Irvine Gass OS", "Carl Zeiss Cirrus",
    "Terson Syndrome", "Drance Haemorrhage",
)  # fmt: skip
HOSTILE = (
    "a", "A ", "Ab ", "1 ", "1-", "a@", "Dr ", "a-1", "Jan ", "x@y.", "1 Xa Street, ", "O'N-", "[NAME] ",
    "marcus gunn ", "no. 1 ", "name: ", "é", "a.com/", "DOB ", "Address: ",
)  # fmt: skip
PROBE = (Path(__file__).parents[2] / "golden" / "identifiers" / "probe.txt").read_text(encoding="utf-8").splitlines()


@st.composite
def notes_with_identifiers(draw):
    """A note of findings and people, and the identifiers that were planted in it."""
    lines, planted = [], []
    for sentence in draw(st.lists(st.sampled_from(PLANTED), min_size=1, max_size=4)):
        for name in re.findall(r"{(\w+)}", sentence):
            value = draw(st.sampled_from(FILLED[name]))
            planted.append(value)
            sentence = sentence.replace("{" + name + "}", value, 1)
        lines += [sentence, draw(st.sampled_from(FINDINGS)) + "."]
    return draw(st.sampled_from(["\n", " ", "\n\n"])).join(lines), planted


@given(notes_with_identifiers())
@settings(max_examples=300, deadline=None)
def test_planted_identifiers_never_stay(note):
    text, planted = note
    left = redact(text).text
    for value in planted:
        assert value not in left
    words = {word for value in planted if value in NAMES for word in re.findall(r"[^\W\d_]{3,}", value)}
    assert not words & set(re.findall(r"[^\W\d_]{3,}", PLACEHOLDER.sub("", left)))


@given(st.lists(st.sampled_from(FINDINGS), min_size=1, max_size=8), st.sampled_from(["\n", ". ", "; "]))
@settings(deadline=None)
def test_findings_stay_as_they_are(said, joint):
    note = joint.join(said)
    assert redact(note).text == note


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_text_maps_to_and_fro(note):
    found = redact(note)
    at = 0
    for cut in found.cuts:
        assert at <= cut.start < cut.end <= len(note)
        assert cut.kind in KINDS
        start, end = found.shown(cut.start, cut.end)
        assert found.text[start:end] == cut.placeholder
        assert found.original(start, end) == (cut.start, cut.end)
        before = found.shown(at, cut.start)
        assert found.text[slice(*before)] == note[at : cut.start]
        at = cut.end
    assert found.text.endswith(note[at:])


@given(notes_with_identifiers(), st.data())
@settings(deadline=None)
def test_a_span_of_kept_words_is_the_same_words_in_both(note, data):
    found = redact(note[0])
    word = data.draw(st.sampled_from([*re.finditer(r"NPDR|CSME|PRP|Best|field|spots|syndrome", note[0]), None]))
    if word is not None:
        start, end = found.shown(*word.span())
        assert found.text[start:end] == word[0]
        assert found.original(start, end) == word.span()


def test_a_span_across_a_cut_covers_all_of_it():
    note = "Repaired by Dr Ottoline Vance on 17 June 2018. OD flat."
    found = redact(note)
    assert found.text == "Repaired by Dr [NAME] on [DATE 2018]. OD flat."
    inside = found.text.index("AME] on [DA")
    assert note[slice(*found.original(inside, inside + 10))] == "Ottoline Vance on 17 June 2018"
    assert found.text[slice(*found.shown(note.index("Vance"), note.index(" on")))] == "[NAME]"


def test_what_columns_say_is_cut_too():
    note = "zamboni says that P-77 and p-77 are ill; 12 mm, retina flat. P-770 stays."
    assert redact(note, ["P-77", "Zamboni", "12", "retina"]).text == (
        "[ID] says that [ID] and [ID] are ill; 12 mm, retina flat. P-770 stays."
    )


def test_a_redacted_note_stays_as_it_is():
    note = "[NAME], [DATE 2019] [DATE], [ID]: OD flat."
    assert redact(note).text == note
    for one in DEV:
        assert redact(redact(one["note"]).text).text == redact(one["note"]).text


def test_every_identifier_of_the_notes_is_cut():
    """The notes were in sight while the rules were written: that all are found says little of other notes."""
    missed = []
    for one in DEV:
        found, note = redact(one["note"]), one["note"]
        for identifier in one.get("identifiers", ()):
            bare = re.sub(r"^(Dr|Mr|Mrs)\.? ", "", identifier)
            for place in re.finditer(re.escape(bare), note):
                inside = [p for p in range(*place.span()) if note[p].isalnum()]
                if not all(any(cut.start <= p < cut.end for cut in found.cuts) for p in inside):
                    missed.append((one["id"], identifier))
    assert missed == []
    assert sum(len(one.get("identifiers", ())) for one in DEV) >= 69


def test_the_probe_is_found_as_far_as_told():
    """Awkward lines, written after the rules: 36 of 50 were found at first sight, the figure that docs/captions-llm.md
    gives; some rules were mended since, and fewer may not be found again."""
    whole = 0
    for line in PROBE:
        parts = re.split(r"[{}]", line)
        found, at = redact("".join(parts)), 0
        for place, part in enumerate(parts):
            words = [
                (at + m.start(), at + m.end())
                for m in re.finditer(r"\b(?!(?:Drs?|Mr|Ms|Prof|Nurse|MD|hosp|no|and)\b)\w+", part)
            ]
            if place % 2:
                whole += all(any(c.start < end and start < c.end for c in found.cuts) for start, end in words)
            at += len(part)
    assert sum(line.count("{") for line in PROBE) == 50
    assert whole >= 40


def test_little_else_of_the_notes_is_cut():
    extra = []
    for one in DEV:
        known = " ".join(one.get("identifiers", ()))
        extra += [
            one["note"][c.start : c.end] for c in redact(one["note"]).cuts if one["note"][c.start : c.end] not in known
        ]
    assert extra == []


def test_what_is_read_out_of_the_notes_changes_in_none():
    captioner = rules.captioner()
    told = [one for one in DEV if redact(one["note"]).cuts]
    assert len(told) >= 30
    otherwise = []
    for one in told:
        eye, codes = one.get("eye", ""), one.get("icd10", [])
        if captioner(one["note"], eye, codes).eyes != captioner(redact(one["note"]).text, eye, codes).eyes:
            otherwise.append(one["id"])
    assert otherwise == []  # "FA 11-Nov-2019 (...): NVE": the heading's full date says that it is past


@pytest.mark.parametrize("form", [str, str.title, str.upper, str.capitalize], ids=lambda form: form.__name__)
def test_no_name_of_the_knowledge_base_is_taken_for_a_person(form):
    """Best, Stargardt, Coats, Eales, Harada, Irvine-Gass, Fuchs, Roth, Bruch and all other eponyms stay."""
    for concept in concepts.concepts().values():
        for name in (*concept.names, *concept.aliases, *concept.abbreviations):
            note = f"Impression: {form(name)} OU. History of {form(name)} in the left eye."
            assert redact(note).text == note


@pytest.mark.parametrize("note", EPONYMS)
def test_eponyms_and_makers_stay(note):
    assert redact(note).text == note


@pytest.mark.parametrize(
    "note", ["Zamboni, no new symptoms.", "seen with smithson, no new symptoms", "The patient from Wick is well."]
)
def test_names_without_a_sign_are_missed(note):
    """Known limits, told in docs/captions-llm.md: whoever mends one changes this test and that page."""
    assert redact(note).text == note


@pytest.mark.parametrize("part", HOSTILE)
def test_long_notes_take_no_more_than_their_length(part):
    note = part * (10_000 // len(part))
    began = time.perf_counter()
    redact(note)
    assert time.perf_counter() - began < 10  # 0.2 s here; a quadratic rule takes minutes


def test_the_rules_have_a_version():
    assert version() >= 1
