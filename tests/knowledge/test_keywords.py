"""What the knowledge base must hold: its seed, and the words that clinicians wrote for the images of ODIR."""

import csv
import re
from pathlib import Path

import pytest

from mmfundus.errors import UnknownName
from mmfundus.knowledge.concepts import concepts, find

# One concept for each of the 61 rows of the table that the knowledge base was begun with.
SEED = """
normal mild_npdr moderate_npdr severe_npdr pdr diabetic_macular_edema drusen early_amd geographic_atrophy wet_amd
polypoidal_choroidal_vasculopathy pigment_epithelial_detachment crvo hemiretinal_vein_occlusion crao brao
central_serous_chorioretinopathy epiretinal_membrane macular_hole lamellar_macular_hole vitreomacular_traction
cystoid_macular_edema pathological_myopia myopic_cnv rhegmatogenous_retinal_detachment tractional_retinal_detachment
retinal_tear lattice_degeneration retinoschisis posterior_vitreous_detachment vitreous_hemorrhage asteroid_hyalosis
hypertensive_retinopathy glaucoma optic_disc_edema ischemic_optic_neuropathy optic_neuritis optic_atrophy
optic_disc_drusen retinitis_pigmentosa stargardt_disease vitelliform_dystrophy choroideremia posterior_uveitis
vogt_koyanagi_harada retinal_vasculitis choroidal_nevus choroidal_melanoma choroidal_hemangioma
macular_telangiectasia_type_2 coats_disease toxic_maculopathy angioid_streaks retinopathy_of_prematurity
proliferative_sickle_cell_retinopathy choroidal_rupture chorioretinal_scar retinal_macroaneurysm congenital_anomaly
media_opacity ungradable_image
"""
# Its lesion vocabulary, as written there.
LESIONS = """
microaneurysm; flame haemorrhage; pre-retinal haemorrhage; subretinal haemorrhage; hard exudate; circinate exudate;
macular star; cotton-wool spot; venous beading; IRMA; NVD; NVE; fibrovascular membrane; hard drusen; soft drusen;
reticular drusen; cuticular drusen; RPE mottling; RPE clump; patchy atrophy; geographic atrophy; serous PED;
drusenoid PED; fibrovascular PED; haemorrhagic PED; IRF; SRF; SHRM; ELM interruption; EZ interruption;
hyper-reflective foci; hypertransmission; DRIL; schisis; ERM; VMT; large cup; rim notch; disc haemorrhage; disc pallor;
disc swelling; A-V nicking; arteriolar narrowing; tortuosity; sheathing; retinal embolus; retinal tear; retinal hole;
retinal detachment; lattice; white-without-pressure; laser scar; lacquer crack; staphyloma; tessellation; fleck;
bone spicule; leakage; staining; pooling; window defect; blockage; capillary non-perfusion; media haze; artefact
"""
# A keyword that names no concept, and why.
ON_PURPOSE = {
    "suspected glaucoma": "uncertain: for the reader of notes, who knows doubt",
    "suspected cataract": "uncertain: for the reader of notes, who knows doubt",
    "suspected diabetic retinopathy": "uncertain: for the reader of notes, who knows doubt",
    "suspicious diabetic retinopathy": "uncertain: for the reader of notes, who knows doubt",
    "suspected moderate non proliferative retinopathy": "uncertain: for the reader of notes, who knows doubt",
    "suspected macular epimacular membrane": "uncertain: for the reader of notes, who knows doubt",
    "old branch retinal vein occlusion": "an old one: for the reader of notes, who knows what is past",
    "old central retinal vein occlusion": "an old one: for the reader of notes, who knows what is past",
    "spotted membranous change": "no one lesion is called so",
}


def test_the_seed_is_covered() -> None:
    rows = re.findall(r"\w+", SEED)
    assert len(rows) == 61
    assert set(rows) <= set(concepts())


@pytest.mark.parametrize("lesion", re.split(r";\s", " ".join(LESIONS.split())))
def test_every_lesion_of_the_seed_is_found_by_the_word_it_has_there(lesion: str) -> None:
    assert find(lesion).id in concepts()


@pytest.fixture(scope="module")
def keywords(shared_data: Path) -> list[str]:
    """All keywords, one for each time that an image has it."""
    table = shared_data / "odir5k" / "labels.csv"
    if not table.is_file():
        pytest.skip("needs ../shared/data/odir5k, which is not beside this checkout")
    with table.open(encoding="utf-8", newline="") as file:
        return [word.strip() for row in csv.DictReader(file) for word in re.split("[,，]", row["caption"])]


def test_every_keyword_is_a_concept_or_left_out_on_purpose(keywords: list[str]) -> None:
    assert len(keywords) > 3000
    unknown = set()
    for keyword in set(keywords):
        try:
            find(keyword, "cfp")
        except UnknownName:
            unknown.add(keyword)
    assert unknown == set(ON_PURPOSE)


def test_what_is_doubted_or_past_is_known_without_its_doubt() -> None:
    left = {re.sub("^(suspected|suspicious|old) ", "", keyword) for keyword in ON_PURPOSE} - {
        "spotted membranous change"
    }
    assert {find(keyword).id for keyword in left} == {
        "glaucoma", "cataract", "diabetic_retinopathy", "moderate_npdr", "epiretinal_membrane", "brvo", "crvo",
    }  # fmt: skip
