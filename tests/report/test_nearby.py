from mmfundus.models import embed
from mmfundus.report import nearby


def look(reader, table, split):
    rows = table.split(split)
    return nearby.look(table.root, reader.size, embed.embed(reader, rows, table.root))


def test_neighbours_are_of_other_patients_and_refused_rows_are_not_shown(eye_table, fake_reader):
    it = look(fake_reader, eye_table, "test")
    lines = nearby.nearest_view(it)["lines"]
    shown = {one["image"] for line in lines for one in (line["asked"], *line["found"])}
    assert "gone-test.png" not in shown
    for line in lines:
        assert line["asked"]["image"] not in {one["image"] for one in line["found"]}
        cosines = [float(one["cosine"]) for one in line["found"]]
        assert cosines == sorted(cosines, reverse=True)
        assert all(one["alt"] and one["picture"].startswith("data:image/jpeg") for one in line["found"])


def test_no_patient_id_is_shown(eye_table, fake_reader):
    from dataclasses import replace

    rows = tuple(replace(row, patient=f"secret-{row.patient}") for row in eye_table.rows)
    it = look(fake_reader, replace(eye_table, rows=rows), "test")
    assert "secret" not in str(nearby.nearest_view(it)) + str(nearby.projection_view(it))


def test_the_plane_is_drawn_by_modality_and_concept(eye_table, fake_reader):
    view = nearby.projection_view(look(fake_reader, eye_table, "test"))
    (modality, drawn), (concept, _) = view["charts"]
    assert modality == "By modality: cfp 8."
    assert concept == "By stated concept: drusen 4, normal 4."
    assert 'aria-label="8 images on a plane' in drawn
    assert (view["rows"], view["of"]) == (8, 10)


def test_what_is_beyond_the_largest_groups_is_one_group():
    names = [f"g{i}" for i in range(12) for _ in range(12 - i)]
    found = nearby._groups(names)
    assert [*found] == [*(f"g{i}" for i in range(7)), "other"]
    assert sum(map(len, found.values())) == len(names)


def test_rows_are_taken_evenly():
    assert nearby._spread(10, 3) == [0, 3, 6]
    assert nearby._spread(2, 5) == [0, 1]
    assert nearby._spread(0, 5) == []
