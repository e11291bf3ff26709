"""Classes that several layouts of a data set share, and what each states. Why is said beside each."""

from mmfundus.data.sources._labels import GLAUCOMA, NORMAL, NOTHING, UNGRADABLE, Stated

# Kermany et al. give a scan one class. Oedema is ascribed to one cause, so neovascularisation and diabetic oedema
# exclude each other, and a drusen scan (early AMD) has neither. Drusen beneath the others are not told: unknown.
KERMANY: dict[str, Stated] = {
    "NORMAL": NORMAL,
    "DRUSEN": Stated(("drusen",), ("choroidal_neovascularization", "diabetic_macular_edema")),
    "CNV": Stated(("choroidal_neovascularization",), ("diabetic_macular_edema",)),
    "DME": Stated(("diabetic_macular_edema",), ("choroidal_neovascularization",)),
}

# HRF groups persons by diagnosis: an eye with glaucoma was not declared free of retinopathy, nor the reverse.
HRF: dict[str, Stated] = {
    "h": NORMAL,
    "dr": Stated(("diabetic_retinopathy",)),
    "g": GLAUCOMA,
}

# huapu_ffa: only the two diabetic classes say anything of non-perfusion; a phase is no diagnosis.
HUAPU: dict[str, Stated] = {
    "normal": NORMAL,
    "brvo": Stated(("brvo",)),
    "with_np": Stated(("diabetic_retinopathy", "capillary_nonperfusion")),
    "none_np": Stated(("diabetic_retinopathy",), ("capillary_nonperfusion",)),
    "arterial_phase": NOTHING,
    "venous_phase": NOTHING,
    "non_ffa": NOTHING,
}

# tvhl: oedema and retinopathy were each diagnosed or not; "-" is said to mean unknown.
TVHL_DME: dict[str, Stated] = {
    "0": Stated(absent=("diabetic_macular_edema",)),
    "1": Stated(("diabetic_macular_edema",)),
}
TVHL_DR: dict[str, Stated] = {
    "0": Stated(absent=("diabetic_retinopathy",)),
    "NPDR": Stated(("npdr",), ("pdr",)),
    "PDR": Stated(("pdr",)),
    "-": NOTHING,
}


def _is(*concepts: str) -> Stated:
    return Stated(concepts)


# ODIR: clinicians' keywords for one eye. They name what was seen; what they do not name was not denied.
ODIR: dict[str, Stated] = {
    "normal fundus": NORMAL,
    "low image quality": UNGRADABLE,
    "lens dust": _is("lens_dust"),
    "abnormal pigment": _is("pigmentary_changes"),
    "age-related macular degeneration": _is("amd"),
    "asteroid hyalosis": _is("asteroid_hyalosis"),
    "branch retinal artery occlusion": _is("brao"),
    "branch retinal vein occlusion": _is("brvo"),
    "cataract": _is("cataract"),
    "central retinal artery occlusion": _is("crao"),
    "central retinal vein occlusion": _is("crvo"),
    "central serous chorioretinopathy": _is("central_serous_chorioretinopathy"),
    "chorioretinal atrophy": _is("chorioretinal_atrophy"),
    "choroidal nevus": _is("choroidal_nevus"),
    "diabetic retinopathy": _is("diabetic_retinopathy"),
    "diffuse chorioretinal atrophy": _is("diffuse_chorioretinal_atrophy"),
    "diffuse retinal atrophy": _is("retinal_atrophy"),
    "drusen": _is("drusen"),
    "dry age-related macular degeneration": _is("dry_amd"),
    "epiretinal membrane": _is("epiretinal_membrane"),
    "epiretinal membrane over the macula": _is("epiretinal_membrane"),
    "fundus laser photocoagulation spots": _is("laser_scar"),
    "glaucoma": GLAUCOMA,
    "hypertensive retinopathy": _is("hypertensive_retinopathy"),
    "intraretinal hemorrhage": _is("intraretinal_hemorrhage"),
    "laser spot": _is("laser_scar"),
    "macular epiretinal membrane": _is("epiretinal_membrane"),
    "macular hole": _is("macular_hole"),
    "maculopathy": _is("maculopathy"),
    "mild nonproliferative retinopathy": _is("mild_npdr"),
    "moderate non proliferative retinopathy": _is("moderate_npdr"),
    "myelinated nerve fibers": _is("myelinated_nerve_fibers"),
    "myopia retinopathy": _is("pathological_myopia"),  # of ODIR's class M, which is pathological myopia
    "myopic maculopathy": _is("pathological_myopia"),
    "old branch retinal vein occlusion": _is("brvo"),
    "old central retinal vein occlusion": _is("crvo"),
    "optic disc edema": _is("optic_disc_edema"),
    "optic disk epiretinal membrane": _is("epiretinal_membrane"),
    "optic nerve atrophy": _is("optic_atrophy"),
    "pathological myopia": _is("pathological_myopia"),
    "post laser photocoagulation": _is("laser_treated_retina"),
    "proliferative diabetic retinopathy": _is("pdr"),
    "refractive media opacity": _is("media_opacity"),
    "retinal detachment": _is("retinal_detachment"),
    "retinal pigment epithelial hypertrophy": _is("rpe_hypertrophy"),
    "retinitis pigmentosa": _is("retinitis_pigmentosa"),
    "rhegmatogenous retinal detachment": _is("rhegmatogenous_retinal_detachment"),
    "severe nonproliferative retinopathy": _is("severe_npdr"),
    "severe proliferative diabetic retinopathy": _is("pdr"),
    "silicone oil eye": _is("silicone_oil"),
    "suspected glaucoma": _is("glaucoma_suspect"),
    "tessellated fundus": _is("tessellated_fundus"),
    "vessel tortuosity": _is("vascular_tortuosity"),
    "vitreous degeneration": _is("vitreous_degeneration"),
    "vitreous opacity": _is("vitreous_opacity"),
    "wet age-related macular degeneration": _is("wet_amd"),
    "white vessel": _is("white_vessels"),
}
