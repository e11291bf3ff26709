import numpy as np

from mmfundus.evaluate.neighbours import nearest
from mmfundus.types import Embeddings, Row


def table(angles, patients=None, refused=(), name="i"):
    patients = patients or [f"{name}{i}" for i in range(len(angles))]
    rows = tuple(Row(f"{name}{i}.png", "cfp", patient) for i, patient in enumerate(patients))
    turned = np.radians(np.array(angles, dtype=float))
    vectors = np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)
    return Embeddings(rows, vectors, tuple("no" if i in refused else "" for i in range(len(rows))))


def test_the_nearest_come_first_with_their_cosine():
    found = nearest(table([0], name="q"), table([90, 60, 0, 30]), k=3)
    assert found.row.tolist() == [[2, 3, 1]]
    np.testing.assert_allclose(found.cosine, [[1, 3**0.5 / 2, 0.5]], atol=1e-6)


def test_the_same_patient_is_left_out_unless_asked_for():
    eyes = table([0, 1, 40], ["a", "a", "b"])
    assert nearest(eyes, eyes, k=2).row.tolist() == [[2, -1], [2, -1], [1, 0]]
    assert nearest(eyes, eyes, k=2, same_patient=True).row.tolist() == [[1, 2], [0, 2], [1, 0]]
    assert np.isnan(nearest(eyes, eyes, k=2).cosine[0, 1])


def test_refused_rows_neither_ask_nor_are_found():
    eyes = table([0, 1, 2], refused=(1,))
    assert nearest(eyes, eyes, k=2).row.tolist() == [[2, -1], [-1, -1], [0, -1]]


def test_of_equal_ones_the_earlier_row():
    assert nearest(table([0], name="q"), table([10, -10, 10, 10]), k=2).row.tolist() in ([[0, 1]], [[0, 2]])
    assert nearest(table([0], name="q"), table([10, 10, 10, 10]), k=2).row.tolist() == [[0, 1]]


def test_blocks_change_nothing():
    rng = np.random.default_rng(0)
    eyes = table(rng.uniform(0, 360, 40).tolist(), [f"p{i // 2}" for i in range(40)])
    whole, parts = nearest(eyes, eyes, k=4), nearest(eyes, eyes, k=4, block=7)
    assert (whole.row == parts.row).all()
    brute = eyes.vectors.astype(float) @ eyes.vectors.astype(float).T
    for i in range(40):
        order = [j for j in np.argsort(-brute[i], kind="stable") if j // 2 != i // 2]
        assert whole.row[i].tolist() == order[:4]
