"""Five sets in one prepared form: images/, labels.csv in the same columns, and perhaps extra.csv.

The folder's name says which set it is, and that is its `source`. `;` joins several labels, whose meaning is the set's
own: "drusen" of a scan of Kermany denies neovascularisation, "drusen" of a photograph of ODIR denies nothing.
"""

from collections.abc import Iterator, Mapping

from mmfundus.data.sources import _eyes
from mmfundus.data.sources._classes import HRF, HUAPU, KERMANY, TVHL_DME, TVHL_DR
from mmfundus.data.sources._files import Folder, row
from mmfundus.data.sources._labels import GLAUCOMA, NORMAL, NOTHING, Stated, sex, together
from mmfundus.data.sources._source import Source
from mmfundus.errors import UsageError
from mmfundus.types import Row

SOURCE = Source(
    title="A prepared folder of odir5k, tvhl_oct_cfp, huapu_ffa, hrf or kermany60",
    url="that of the set itself",
    licence="that of the set itself; see its SOURCE.md",
    citation="that of the set itself",
    modalities=("cfp", "oct", "fa", "slo"),
    images=None,
    patients=None,
    confirmed="run on the five folders",
    unmapped={"other": "a keyword outside ODIR's list"},
    own_ids=False,
)
MODALITIES = {"CFP": "cfp", "OCT": "oct", "FA": "fa", "SLO_non_FA": "slo"}
_SAME: tuple[str, ...] = (
    "brvo",
    "cataract",
    "crvo",
    "drusen",
    "dry_amd",
    "epiretinal_membrane",
    "hypertensive_retinopathy",
    "mild_npdr",
)
_SAME += ("moderate_npdr", "pathological_myopia", "pdr", "severe_npdr", "wet_amd")
SETS: Mapping[str, Mapping[str, Stated]] = {
    "odir5k": {
        **{name: Stated((name,)) for name in _SAME},
        "normal": NORMAL,
        "glaucoma": GLAUCOMA,
        "amd_unspecified": Stated(("amd",)),
        "dr_unspecified": Stated(("diabetic_retinopathy",)),
        "suspected_glaucoma": Stated(("glaucoma_suspect",)),
    },
    "tvhl_oct_cfp": {
        "no_dme": TVHL_DME["0"],
        "dme": TVHL_DME["1"],
        "no_dr": TVHL_DR["0"],
        "npdr": TVHL_DR["NPDR"],
        "pdr": TVHL_DR["PDR"],
    },
    "huapu_ffa": HUAPU | {"dr_with_nonperfusion": HUAPU["with_np"], "dr_without_nonperfusion": HUAPU["none_np"]},
    "hrf": {"normal": HRF["h"], "diabetic_retinopathy": HRF["dr"], "glaucoma": HRF["g"]},
    "kermany60": {label.lower(): stated for label, stated in KERMANY.items()},
}
# One eye, as in huapu_ffa.py; the prepared splits have its two frames on both sides.
SAME_EYE = ("arterial_phase_00016.jpg", "arterial_phase_00017.jpg")
NEEDS = ("image", "modality", "label", "patient_id", "eye", "caption", "split")


def rows(folder: Folder) -> Iterator[Row]:
    """A row for each line of labels.csv, in the split it says, with the columns of extra.csv."""
    source = folder.root.resolve().name
    if source not in SETS:
        raise UsageError(f"{source!r} is none of the prepared sets: {', '.join(SETS)}. Its folder must bear its name.")
    more = {}
    if folder.has("extra.csv"):
        more = {line["image"]: line for line in folder.table("extra.csv", needs=("image",)).lines}
    for line, image in folder.matched(folder.table("labels.csv", needs=NEEDS), "image", folder.index("images/*")):
        labels = [label for label in line["label"].split(";") if label]
        stated = [folder.meaning(image, label, SETS[source], SOURCE.unmapped) for label in labels]
        known = [one for one in stated if one is not None]
        if line["modality"] not in MODALITIES:
            folder.refuse(image, f"its modality {line['modality']!r} is none of {', '.join(MODALITIES)}.")
        elif len(known) == len(stated):
            extra = {name: cell for name, cell in more.get(line["image"], {}).items() if name != "image"}
            extra |= {"sex": sex(extra["sex"])} if "sex" in extra else {}
            patient = line["patient_id"] or ("huapu_ffa_eye_1" if image.endswith(SAME_EYE) else "")
            yield row(
                image,
                MODALITIES[line["modality"]],
                together(known) if known else NOTHING,
                line["label"],
                patient=patient,
                eye=_eyes.side(line["eye"]),
                split=line["split"],
                captions=(line["caption"],),
                **(extra | {"source": source}),
            )
