"""The page's files."""

from types import SimpleNamespace

from tagstack.serving.pages import PAGE, read_page, send_file


def asking(etag):
    return SimpleNamespace(headers={"if-none-match": etag} if etag else {})


def test_the_page_is_at_the_root_and_its_files_beside_it(tmp_path):
    (tmp_path / "index.html").write_text("<p>")
    (tmp_path / "page.js").write_text("1")
    (tmp_path / "logo.svg").write_text("<svg/>")
    (tmp_path / "folder").mkdir()
    files = read_page(tmp_path)
    assert sorted(files) == ["/", "/page/index.html", "/page/logo.svg", "/page/page.js"]
    kinds = {path: file.headers["content-type"] for path, file in files.items()}
    assert kinds["/"] == "text/html; charset=utf-8"
    assert kinds["/page/page.js"] == "text/javascript; charset=utf-8"
    assert kinds["/page/logo.svg"] == "image/svg+xml"


def test_a_browser_that_has_the_file_is_told_so():
    file = read_page()["/"]
    etag = file.headers["etag"]
    assert file.content == (PAGE / "index.html").read_bytes()
    for known in (etag, f"W/{etag}", f'"old", {etag}'):
        assert send_file(file, asking(known)).status_code == 304
    for unknown in (None, '"old"'):
        response = send_file(file, asking(unknown))
        assert (response.status_code, response.body) == (200, file.content)
        assert response.headers["cache-control"] == "no-cache"
