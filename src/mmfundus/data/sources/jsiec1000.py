"""JSIEC 1000: a thousand photographs of the Joint Shantou International Eye Centre, one of 39 classes each.

A class is the leading finding; others in the same eye are not told. Several classes join two things that are two
concepts here, and the steps DR1 to DR3 are not the publishers' grades of a named scale: these state what is sure.
"""

from collections.abc import Iterator

from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import NORMAL, Stated
from mmfundus.data.sources._source import Source
from mmfundus.types import Row

SOURCE = Source(
    title="JSIEC, 1000 fundus images with 39 categories",
    url="https://doi.org/10.5281/zenodo.3477553",
    licence="as stated on the download page (unconfirmed)",
    citation="Cen et al. 2021, Nature Communications 12:4828, doi:10.1038/s41467-021-25138-w",
    modalities=("cfp",),
    images=1_000,
    patients=None,
    confirmed="FLAIR, local_data/prepare_partitions.py: one folder a class, named as below",
    unmapped={
        "12.Disc swelling and elevation": "swelling or mere elevation",
        "13.Dragged Disc": "no such concept",
        "16.Peripheral retinal degeneration and break": "one or the other",
        "19.Fundus neoplasm": "of any kind",
        "21.Yellow-white spots-flecks": "drusen or flecks",
        "24.Chorioretinal atrophy-coloboma": "one or the other",
        "26.Fibrosis": "of whatever cause",
    },
)
ONE = {
    "0.1.Tessellated fundus": "tessellated_fundus",
    "0.2.Large optic cup": "enlarged_cup",
    "0.3.DR1": "diabetic_retinopathy",
    "1.0.DR2": "diabetic_retinopathy",
    "1.1.DR3": "diabetic_retinopathy",
    "2.0.BRVO": "brvo",
    "2.1.CRVO": "crvo",
    "3.RAO": "retinal_artery_occlusion",
    "4.Rhegmatogenous RD": "rhegmatogenous_retinal_detachment",
    "5.0.CSCR": "central_serous_chorioretinopathy",
    "5.1.VKH disease": "vogt_koyanagi_harada",
    "6.Maculopathy": "maculopathy",
    "7.ERM": "epiretinal_membrane",
    "8.MH": "macular_hole",
    "9.Pathological myopia": "pathological_myopia",
    "10.0.Possible glaucoma": "glaucoma_suspect",
    "10.1.Optic atrophy": "optic_atrophy",
    "11.Severe hypertensive retinopathy": "hypertensive_retinopathy",
    "14.Congenital disc abnormality": "congenital_anomaly",
    "15.0.Retinitis pigmentosa": "retinitis_pigmentosa",
    "15.1.Bietti crystalline dystrophy": "inherited_retinal_dystrophy",
    "17.Myelinated nerve fiber": "myelinated_nerve_fibers",
    "18.Vitreous particles": "vitreous_opacity",
    "20.Massive hard exudates": "hard_exudates",
    "22.Cotton-wool spots": "cotton_wool_spots",
    "23.Vessel tortuosity": "vascular_tortuosity",
    "25.Preretinal hemorrhage": "preretinal_hemorrhage",
    "27.Laser Spots": "laser_scar",
    "28.Silicon oil in eye": "silicone_oil",
    "29.0.Blur fundus without PDR": "media_opacity",
    "29.1.Blur fundus with suspected PDR": "media_opacity",
}
CLASSES = {"0.0.Normal": NORMAL} | {name: Stated((concept,)) for name, concept in ONE.items()}


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each image of a class folder; there is no official split."""
    for image, label, stated in folder.by_class(CLASSES, SOURCE.unmapped):
        yield row(image, "cfp", stated, label)
