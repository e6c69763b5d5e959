"""The lab's secrets are only in its own files and ZenML's secret store; images are small and have all they need."""

from lab import containers, imported, secrecy
from lab.place import open_place

LIMIT_BYTES = 2.6e9


def test_no_secret_is_in_a_log(trained, alone, place):
    trained("local")
    alone()
    assert secrecy.found_in_logs(place) == []
    if place.own_faults.is_dir():
        assert secrecy.found_in_logs(open_place(place.own_faults)) == []


def test_no_secret_is_in_a_stack_file(place):
    assert secrecy.found_in_stack_files(place) == []


def test_images_are_small_run_as_nobody_in_particular_and_hold_no_secret(trained, alone, place, record):
    trained("docker")
    alone()
    record.images = [one for one in containers.images(place) if one.user]
    assert record.images
    assert [image for image in record.images if image.bytes > LIMIT_BYTES] == []
    assert secrecy.found_in_images(place, [image.name for image in record.images]) == []


def test_everything_that_the_code_imports_is_in_the_image(trained, place, project):
    trained("docker")
    names = imported.others(project)
    assert {"evidently", "mlflow", "tensorflow_text", "zenml.client"} <= names
    image = next(one.name for one in containers.images(place) if one.user)
    assert imported.missing(place, image, names) == {}
    assert imported.missing(place, image, {"nonsense.of.mine"}).keys() == {"nonsense.of.mine"}


def test_the_search_does_find_a_secret(place, tmp_path):
    file = tmp_path / "a.log"
    file.write_text(f"password={place.secrets['s3-tagstack']}")
    assert secrecy.found_in_files(place, [file]) == ["s3-tagstack in a.log"]
