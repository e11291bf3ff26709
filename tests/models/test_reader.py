import pytest

from mmfundus.errors import BrokenModel, MissingExtra, UsageError
from mmfundus.knowledge import prompts
from mmfundus.models import reader as readers
from mmfundus.models.reader import Reader, ensemble_of, open_reader
from mmfundus.models.tower_reader import TowerReader


def test_both_kinds_of_reader_are_readers(tiny_model_folder, tiny_clip, fake_reader):
    assert isinstance(open_reader(str(tiny_model_folder)), Reader)
    assert isinstance(TowerReader(tiny_clip(), "tiny"), Reader)
    assert isinstance(fake_reader, Reader)


def test_what_a_directory_says_of_itself_is_what_the_reader_says(tiny_model_folder):
    found = open_reader(str(tiny_model_folder))
    assert (found.name, found.size, found.exact_map) == ("tiny", 32, True)
    assert found.trained_on == ("cfp", "oct")
    assert found.concepts == {"cfp": ("normal", "drusen")}


def test_what_is_no_model_directory_is_a_wrong_call(tmp_path):
    with pytest.raises(UsageError, match=r"model\.json"):
        open_reader(str(tmp_path))
    with pytest.raises(UsageError, match="no model directory"):
        open_reader(str(tmp_path / "absent"))


def test_a_name_without_the_train_install_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "mmfundus.models.tower_reader", None)
    with pytest.raises(MissingExtra, match=r"'ViT-B-32' is not a model directory.*mmfundus\[train\]"):
        open_reader("ViT-B-32")


def test_sealed_prompts_come_before_installed_ones(fake_reader):
    assert [prompt.text for prompt in ensemble_of(fake_reader, "normal", "cfp")] == ["a normal eye"]
    assert ensemble_of(fake_reader, "normal", "oct") == prompts.ensemble("normal", "oct")
    assert ensemble_of(fake_reader, "a tilted disc", "cfp") == prompts.ensemble("a tilted disc", "cfp")


def test_a_broken_directory_is_not_taken_for_a_name(tiny_model_folder, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.json").write_text("{}")
    with pytest.raises(BrokenModel):
        readers.open_reader(str(tmp_path / "model"))
