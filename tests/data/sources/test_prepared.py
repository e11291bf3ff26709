from collections import Counter

import pytest

from mmfundus.data import converting
from mmfundus.errors import UsageError

LAYOUT = {
    "labels.csv": "image,modality,label,patient_id,eye,caption,split\n"
    "images/1.jpg,OCT,drusen,kermany1,,,train\nimages/2.jpg,OCT,cnv,kermany2,,,test\n",
    "images/1.jpg": None,
    "images/2.jpg": None,
    "extra.csv": "image,age\nimages/1.jpg,70\n",
}


@pytest.fixture
def named(lay, tmp_path):
    """The made folder under a set's name."""

    def run(name: str, files: dict[str, object]):
        return converting.convert("prepared", lay(files).rename(tmp_path / name))

    return run


def test_the_folders_name_is_the_source_and_gives_labels_their_meaning(named):
    rows = named("kermany60", LAYOUT).rows
    assert rows[0].extra["source"] == "kermany60"
    assert rows[0].absent == ("choroidal_neovascularization", "diabetic_macular_edema")
    assert (rows[0].patient, rows[0].split, rows[0].extra["age"]) == ("kermany1", "train", "70")


def test_the_same_word_of_another_set_denies_nothing(named):
    table = LAYOUT["labels.csv"].replace("OCT,cnv", "CFP,glaucoma").replace("OCT", "CFP")
    assert named("odir5k", LAYOUT | {"labels.csv": table}).rows[0].absent == ()


def test_another_name_and_another_label_are_refused(named):
    with pytest.raises(UsageError, match="none of the prepared sets"):
        named("mine", LAYOUT)
    done = named("kermany60", LAYOUT | {"labels.csv": LAYOUT["labels.csv"].replace("cnv", "scar")})
    assert "'scar'" in done.refused[0].reason


# Counts of SOURCE.md; odir5k's "other" is no concept.
COUNTS = {
    "odir5k": {("cfp", "normal"): 1039, ("cfp", "brvo"): 27, ("cfp", "glaucoma_suspect"): 34, ("cfp", "pdr"): 26},
    "tvhl_oct_cfp": {("oct", "diabetic_macular_edema"): 114, ("cfp", "diabetic_macular_edema"): 305},
    "huapu_ffa": {("fa", "normal"): 10, ("fa", "capillary_nonperfusion"): 10, ("fa", "brvo"): 10},
    "hrf": {("cfp", "normal"): 15, ("cfp", "glaucoma"): 15, ("cfp", "diabetic_retinopathy"): 15},
    "kermany60": {("oct", "normal"): 15, ("oct", "drusen"): 15, ("oct", "choroidal_neovascularization"): 15},
}
IMAGES = {"odir5k": 3385, "tvhl_oct_cfp": 1504, "huapu_ffa": 70, "hrf": 45, "kermany60": 60}
PATIENTS = {"odir5k": 1769, "tvhl_oct_cfp": 884, "hrf": 45, "kermany60": 54}


@pytest.mark.parametrize("name", IMAGES)
def test_the_real_folders_give_the_counts_of_their_source_md(shared_data, name):
    if not (shared_data / name).is_dir():
        pytest.skip(f"needs the real images of ../shared/data/{name}")
    done = converting.convert("prepared", shared_data / name)
    counts = Counter((row.modality, concept) for row in done.rows for concept in row.present)
    assert {key: counts[key] for key in COUNTS[name]} == COUNTS[name]
    assert len(done.rows) + len(done.refused) == IMAGES[name]
    if name in PATIENTS:
        assert len({row.patient for row in done.rows}) == PATIENTS[name]
    # One eye of huapu_ffa lies on both sides of its split: the training frame goes.
    leaked = ["images/arterial_phase_00017.jpg"] if name == "huapu_ffa" else []
    assert [item.item for item in done.refused] == leaked
