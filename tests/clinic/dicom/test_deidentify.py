"""No canary survives, ids are the same word everywhere, pixels stay, and what may be burned in is refused."""

import numpy as np
import pydicom
import pytest
from pydicom import Dataset, uid
from pydicom.datadict import DicomDictionary, keyword_for_tag

from mmfundus.clinic.dicom import deidentify
from mmfundus.data import images
from mmfundus.data.dicom import files
from mmfundus.errors import UnreadableImage

KEY = b"k" * 32
# PS3.15 table E.1-1: some of what the basic profile removes, empties or replaces, of every sort.
LISTED = """
    AccessionNumber AcquisitionComments AcquisitionDate AcquisitionDateTime AcquisitionTime AdditionalPatientHistory
    AdmittingDate Allergies ContentCreatorName ContentDate ContentTime CurrentPatientLocation DeviceSerialNumber
    DeviceUID EthnicGroup GantryID ImageComments InstitutionAddress InstitutionName InstitutionalDepartmentName
    IssuerOfPatientID MedicalRecordLocator MilitaryRank NameOfPhysiciansReadingStudy Occupation OperatorsName
    OtherPatientIDs OtherPatientNames PatientAddress PatientAge PatientBirthDate PatientBirthTime PatientComments
    PatientMotherBirthName PatientName PatientSize PatientTelephoneNumbers PatientWeight PerformingPhysicianName
    PhysiciansOfRecord PregnancyStatus ProtocolName ReferringPhysicianAddress ReferringPhysicianName
    RequestingPhysician ResponsiblePerson SeriesDate SeriesDescription SeriesTime SmokingStatus StationName
    StudyComments StudyDate StudyDescription StudyID StudyTime TimezoneOffsetFromUTC VerifyingObserverName
"""


@pytest.fixture
def full(dicoms, tmp_path):
    """A photograph with every listed attribute filled, at the top and inside a sequence, and private ones in both."""

    def fill(found):
        for name in LISTED.split():
            vr = DicomDictionary[pydicom.datadict.tag_for_keyword(name)][0]
            value = {"DA": "19500317", "TM": "101112", "DT": "19500317101112", "AS": "074Y", "DS": "74", "US": 1,
                     "UI": "1.2.3.4711", "SH": "CANARY-4711", "CS": "4711"}.get(vr, "Canary 4711")  # fmt: skip
            setattr(found, name, value)

    found = dicoms.with_pixels(dicoms.made(), dicoms.picture())
    fill(found)
    region, item = dicoms.code("81745001", "SCT", "Eye"), Dataset()
    fill(region)
    region.private_block(0x0099, "MAKER PRIVATE", create=True).add_new(0x02, "LO", "SECRET-PRIVATE")
    found.AnatomicRegionSequence = [region]
    item.FrameAcquisitionDateTime, item.StackID, item.FrameComments = "19500317", "1", "Canary"
    group = Dataset()
    group.FrameContentSequence = [item]
    found.PerFrameFunctionalGroupsSequence = [group]
    found.OtherPatientIDsSequence = [dicoms.code("CANARY-4711", "99X", "Canary")]
    found.file_meta.SourceApplicationEntityTitle = "Clinic-Leak"
    return dicoms.saved(found, tmp_path / "full.dcm")


def test_no_canary_survives_in_any_byte(full, tmp_path, dicoms):
    made = deidentify.deidentify(full, tmp_path / "out", KEY)
    before, after = full.read_bytes(), made.read_bytes()
    told = [word for word in dicoms.CANARIES if word.encode() in before]
    assert len(told) >= 5  # they were there
    assert [word for word in dicoms.CANARIES if word.encode().lower() in after.lower()] == []
    for old in (
        pydicom.dcmread(full)[name].value for name in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
    ):
        assert old.encode() not in after and old not in made.name


def test_everything_listed_is_gone_or_empty_at_every_depth(full, tmp_path):
    made = pydicom.dcmread(deidentify.deidentify(full, tmp_path / "out", KEY))

    def left(found):
        for element in found:
            if element.VR == "SQ":
                for item in element.value:
                    yield from left(item)
            elif element.keyword in LISTED.split() and element.value not in ("", None, []):
                yield element.keyword
            if element.tag.is_private:
                yield str(element.tag)

    assert list(left(made)) == []
    assert made.PatientIdentityRemoved == "YES"
    assert made.DeidentificationMethodCodeSequence[0].CodeValue == "113100"
    assert made.AnatomicRegionSequence[0].CodeValue == "81745001"
    assert made.PerFrameFunctionalGroupsSequence[0].FrameContentSequence[0].StackID == "1"


def test_every_kept_name_is_an_attribute_of_the_standard():
    known = {keyword_for_tag(tag) for tag in DicomDictionary}
    assert (deidentify.KEPT | deidentify.REPLACED | set(deidentify.EMPTIED)) - known == set()
    assert not deidentify.KEPT & set(LISTED.split())


def test_pixels_and_what_is_read_of_it_stay(full, tmp_path, dicoms):
    made = deidentify.deidentify(full, tmp_path / "out", KEY)
    assert np.array_equal(images.read(made), dicoms.picture())
    facts = files.facts(made)
    assert (facts.modality, facts.eye, facts.device, facts.acquired) == ("cfp", "R", "Maker Camera 3", "")


@pytest.mark.parametrize("syntax", [uid.RLELossless, uid.JPEG2000Lossless, uid.DeflatedExplicitVRLittleEndian])
def test_compressed_pixels_stay_too(dicoms, tmp_path, syntax):
    found = dicoms.with_pixels(dicoms.made(), dicoms.picture())
    if syntax.is_encapsulated:
        found.compress(syntax, generate_instance_uid=False)
    made = deidentify.deidentify(dicoms.saved(found, tmp_path / "a.dcm", syntax), tmp_path / "out", KEY)
    assert pydicom.dcmread(made).file_meta.TransferSyntaxUID == syntax
    assert np.array_equal(images.read(made), dicoms.picture())


def test_ids_are_the_same_word_in_all_files_and_another_with_another_key(dicoms, tmp_path):
    paths = [dicoms.photograph(tmp_path / f"{i}.dcm", dicoms.picture(seed=i), study="1.2.3") for i in range(2)]
    first, second = (pydicom.dcmread(deidentify.deidentify(path, tmp_path / "out", KEY)) for path in paths)
    other = pydicom.dcmread(deidentify.deidentify(paths[0], tmp_path / "other", b"o" * 32))
    assert first.StudyInstanceUID == second.StudyInstanceUID != other.StudyInstanceUID
    assert first.PatientID == second.PatientID != other.PatientID
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert deidentify.replaced("1.2.3", KEY) == first.StudyInstanceUID
    assert uid.UID(first.StudyInstanceUID).is_valid and first.StudyInstanceUID.startswith("2.25.")


def test_what_says_that_words_are_burned_in_is_refused_until_somebody_looked(dicoms, tmp_path):
    path = dicoms.photograph(tmp_path / "a.dcm", dicoms.picture(), BurnedInAnnotation="YES")
    with pytest.raises(UnreadableImage, match="words are burned into its picture"):
        deidentify.deidentify(path, tmp_path / "out", KEY)
    assert deidentify.deidentify(path, tmp_path / "out", KEY, looked=True).is_file()


def test_the_verb_counts_refuses_and_cautions(call, dicoms, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    dicoms.photograph(folder / "a.dcm", dicoms.picture())
    dicoms.photograph(folder / "b.dcm", dicoms.picture(), BurnedInAnnotation="YES")
    (folder / "notes.txt").write_text("Canary")
    done = call("deidentify", folder, "--out", tmp_path / "out")
    assert done.code == 1 and done.out.startswith("1 images written")
    assert "words burned into them stay" in done.out and "'b.dcm' says that words are burned" in done.err
    assert "'notes.txt' is not a DICOM file" in done.err
    assert (tmp_path / "out.key").is_file()
    assert not [word for word in dicoms.CANARIES if word in done.out + done.err]
    assert call("deidentify", tmp_path / "gone", "--out", tmp_path / "out").code == 2
