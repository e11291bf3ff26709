"""RFMiD: photographs in which two experts looked for 45 conditions each, and said whether there is any disease.

Every column was looked for in every image, so its 0 is absence, unless the column means only a part of the concept it
is filed under. The three parts number their images from 1 each.
"""

from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import NORMAL, NOTHING, columns, whole
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="Retinal Fundus Multi-disease Image Dataset",
    url="https://doi.org/10.21227/s3g7-st65",
    licence="CC BY 4.0",
    citation="Pachade et al. 2021, Data 6(2):14, doi:10.3390/data6020014",
    modalities=("cfp",),
    images=3_200,
    patients=None,
    confirmed="FLAIR, local_data/prepare_partitions.py: 1. Original Images/a. Training Set, 2. Groundtruths; "
    "several public loaders: Training_Set/Training_Set/Training, RFMiD_Training_Labels.csv",
    unmapped={
        "MYA": "myopia of any degree",
        "RT": "retinal traction of whatever cause",
        "RS": "retinitis without a cause",
        "EDN": "exudation, hard or soft",
        "ST": "optociliary shunt vessels",
        "PT": "parafoveal telangiectasia of any type",
    },
)
PARTS = {
    "train": (
        "*RFMiD_Training_Labels.csv",
        ("a. Training Set/*", "Training_Set/*/Training/*", "Training_Set/Training/*"),
    ),
    "val": (
        "*RFMiD_Validation_Labels.csv",
        ("b. Validation Set/*", "Evaluation_Set/*/Validation/*", "Evaluation_Set/Validation/*"),
    ),
    "test": ("*RFMiD_Testing_Labels.csv", ("c. Testing Set/*", "Test_Set/*/Test/*", "Test_Set/Test/*")),
}
CONCEPTS = {
    "DR": "diabetic_retinopathy",
    "ARMD": "amd",
    "MH": "media_opacity",
    "DN": "drusen",
    "BRVO": "brvo",
    "TSLN": "tessellated_fundus",
    "ERM": "epiretinal_membrane",
    "LS": "laser_scar",
    "CSR": "central_serous_chorioretinopathy",
    "ODC": "enlarged_cup",
    "CRVO": "crvo",
    "TV": "vascular_tortuosity",
    "AH": "asteroid_hyalosis",
    "ODP": "disc_pallor",
    "ODE": "optic_disc_edema",
    "CRS": "chorioretinitis",
    "RPEC": "pigmentary_changes",
    "MHL": "macular_hole",
    "RP": "retinitis_pigmentosa",
    "CWS": "cotton_wool_spots",
    "PRH": "preretinal_hemorrhage",
    "MNF": "myelinated_nerve_fibers",
    "CRAO": "crao",
    "TD": "tilted_disc",
    "CME": "cystoid_macular_edema",
    "CF": "choroidal_folds",
    "VH": "vitreous_hemorrhage",
    "MCA": "retinal_macroaneurysm",
    "VS": "retinal_vasculitis",
    "BRAO": "brao",
    "PLQ": "retinal_embolus",
    "HPED": "hemorrhagic_ped",
    "CL": "collateral_vessels",
}
NARROWER = {
    "MS": "chorioretinal_scar",  # of the macula
    "AION": "ischemic_optic_neuropathy",  # anterior
    "CB": "congenital_anomaly",  # coloboma
    "ODPM": "optic_disc_pit",  # with maculopathy
    "HR": "retinal_hemorrhage",  # haemorrhagic retinopathy
    "PTCR": "choroidal_rupture",  # after trauma
}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each image of the three tables, in the split of the publishers."""
    for split, (name, images) in PARTS.items():
        table = folder.table(name, needs=("ID", "Disease_Risk", *CONCEPTS, *NARROWER))
        for line, image in folder.matched(table, "ID", folder.index(*images)):
            risk = whole(line["Disease_Risk"])
            found = [name for name in (*CONCEPTS, *NARROWER, *SOURCE.unmapped) if whole(line.get(name, "")) == "1"]
            stated = columns(line, CONCEPTS, NARROWER) + (NORMAL if risk == "0" else NOTHING)
            label = " ".join(found) or ("no disease" if risk == "0" else "a disease")
            yield row(image, "cfp", stated, label, split=split)
