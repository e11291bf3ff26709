"""Findings of one image as a structured report: TID 1500, one measurement group a finding (PS3.16).

A group says which image, which eye, which finding by code, its probability from 0 to 1, and what computed it. It is
complete, unverified and no diagnosis: the notice stands among the algorithm's parameters of every group.
"""

from collections.abc import Sequence

from highdicom.sr import (
    AlgorithmIdentification,
    CodedConcept,
    ComprehensiveSR,
    DeviceObserverIdentifyingAttributes,
    FindingSite,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    SourceImageForMeasurementGroup,
    TrackingIdentifier,
)
from pydicom import Dataset
from pydicom.sr.codedict import codes

from mmfundus import NOTICE, __version__
from mmfundus.clinic.dicom import concepts, origin
from mmfundus.clinic.dicom.origin import By
from mmfundus.types import Finding, Reading

SIDES = {"R": codes.SCT.Right, "L": codes.SCT.Left}
RANGE = CodedConcept("{0:1}", "UCUM", "range: 0:1")  # PS3.16 CID 82 notes


def report(image: Dataset, reading: Reading, by: By) -> ComprehensiveSR:
    """The report of one image's reading. Refused readings have none; the caller says why."""
    assert not reading.refused, "a refused image has no findings to report"
    told = [NOTICE, f"modality {reading.row.modality}", f"weights {by.digest or 'not stated'}"]
    if rule := reading.row.extra.get("rule"):
        told.append(f"volume: {rule}, {reading.row.extra['frames']} frames")
    groups = [_group(image, finding, reading.row.eye, by, told) for finding in reading.findings]
    device = DeviceObserverIdentifyingAttributes(
        uid=origin.uid("device", image, by), name=by.name, manufacturer_name=origin.MAKER, model_name=by.name
    )
    content = MeasurementReport(
        observation_context=ObservationContext(
            observer_device_context=ObserverContext(codes.DCM.Device, device),
        ),
        procedure_reported=concepts.own("reading", "Reading of an image of the eye by a model"),
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
    )
    return ComprehensiveSR(
        evidence=[image],
        content=content[0],
        is_complete=True,
        coding_schemes=[concepts.scheme()],
        **origin.placed("report", image, reading, by, "Findings"),
    )


def _group(
    image: Dataset, finding: Finding, eye: str, by: By, told: Sequence[str]
) -> MeasurementsAndQualitativeEvaluations:
    kind = "calibrated" if finding.calibrated else "relative to the labels asked, not calibrated"
    algorithm = AlgorithmIdentification(by.name, __version__, parameters=[*told, f"probability {kind}"])
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(
            uid=origin.uid("finding", image, by, finding.label), identifier=finding.label[:64]
        ),
        finding_type=concepts.of_label(finding.label),
        finding_sites=[FindingSite(codes.SCT.Eye, laterality=SIDES.get(eye))],
        algorithm_id=algorithm,
        measurements=[Measurement(codes.DCM.Probability, round(finding.probability, 6), RANGE)],
        source_images=[SourceImageForMeasurementGroup(image.SOPClassUID, image.SOPInstanceUID)],
    )
