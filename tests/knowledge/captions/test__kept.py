import json
import threading
import time

import pytest

from mmfundus.knowledge.captions._kept import Kept, Reply, key

KEY = key({"note": "a"})


def forbidden():
    raise AssertionError("asked again")


@pytest.mark.parametrize("folder", [True, False])
def test_a_reply_is_asked_for_once(tmp_path, folder):
    kept = Kept(tmp_path if folder else None)
    reply = Reply("x", tokens_in=3, served="m")
    assert kept.once(KEY, lambda: reply) == (reply, True)
    assert kept.once(KEY, forbidden) == (reply, False)


def test_a_reply_outlives_the_process(tmp_path):
    Kept(tmp_path / "new").once(KEY, lambda: Reply("ä\u2028\ud800"))
    assert Kept(tmp_path / "new").once(KEY, forbidden)[0].content == "ä\u2028\ud800"


def test_a_failed_question_leaves_nothing(tmp_path):
    kept = Kept(tmp_path)
    with pytest.raises(AssertionError):
        kept.once(KEY, forbidden)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert kept.once(KEY, lambda: Reply("x"))[1]


@pytest.mark.parametrize("torn", ["", '{"content": "x', "[]", '{"other": 1}'])
def test_a_torn_file_is_asked_for_anew(tmp_path, torn):
    Kept(tmp_path).once(KEY, lambda: Reply("x"))
    (file,) = tmp_path.rglob("*.json")
    file.write_text(torn)
    assert Kept(tmp_path).once(KEY, lambda: Reply("y")) == (Reply("y"), True)
    assert json.loads(file.read_text())["content"] == "y"


def test_two_who_ask_the_same_at_once_ask_once(tmp_path):
    kept, asked = Kept(tmp_path), []

    def slow():
        asked.append(1)
        time.sleep(0.05)
        return Reply("x")

    threads = [threading.Thread(target=kept.once, args=(KEY, slow)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 1


def test_a_key_depends_on_every_part_and_not_on_their_order():
    assert key({"a": 1, "b": 2}) == key({"b": 2, "a": 1})
    assert len({KEY, key({"note": "b"}), key({"note": "a", "model": ""}), key({"note": ["a"]})}) == 4
    assert len(KEY) == 64
