"""The hub's cache and downloads, against a hub on this machine."""

import dataclasses
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import constants
from models.fake_hub import FakeHub, Repository, safetensors, serve

from vitpose_live.errors import WeightsError
from vitpose_live.models import hub, hub_transfer
from vitpose_live.models.row import ModelKind, ModelRow

ROOT = Path(__file__).parents[2]
NAME = "people/pose"
FILES = {
    "config.json": b'{"model_type": "vitpose"}',
    "preprocessor_config.json": b'{"do_rescale": true}',
    "model.safetensors": safetensors(300_000, 10),
}
OTHERS = {"pytorch_model.bin": b"pickle", "model.pth": b"pickle", "code.py": b"import os", "README.md": b"hello"}
SHARDS = {
    "config.json": b"{}",
    "model-00001-of-00002.safetensors": safetensors(20),
    "model-00002-of-00002.safetensors": safetensors(30),
    "model.safetensors.index.json": json.dumps(
        {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    ).encode(),
}
BOUND = 150


@pytest.fixture
def server():
    with serve(FakeHub({NAME: Repository({**FILES, **OTHERS})})) as fake:
        yield fake


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Use an empty cache, no account and no proxy."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(hub_transfer, "_WAITS", (0, 0))
    return folder


@pytest.fixture(autouse=True, scope="module")
def _no_connection_left():
    yield
    huggingface_hub.close_session()


@pytest.fixture
def use(monkeypatch):
    """Return a function: let the library ask the hub at an address."""

    def ask(endpoint):
        monkeypatch.setattr(constants, "ENDPOINT", endpoint)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        )

    return ask


@pytest.fixture(autouse=True)
def _only_this_machine(server, use):
    use(server.endpoint)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def partials(cache):
    return list(cache.rglob("*.incomplete"))


def in_the_cache(cache, files, name=NAME, commit="a" * 40):
    """Put `files` into the cache by hand."""
    folder = cache / f"models--{name.replace('/', '--')}"
    (folder / "snapshots" / commit).mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(commit)
    for file, content in files.items():
        (folder / "snapshots" / commit / file).write_bytes(content)
    return folder / "snapshots" / commit


def refused(**arguments):
    """Return the error of a download, after checking that it left nothing that looks usable."""
    with pytest.raises(WeightsError) as caught:
        hub.download(arguments.pop("name", NAME), **arguments)
    assert caught.value.hint
    assert "\n" not in caught.value.message + caught.value.hint
    return caught.value


# --- what is here


def test_a_complete_model_is_found_and_nobody_is_asked(cache, server):
    folder = in_the_cache(cache, FILES)
    assert hub.cached(NAME) == folder
    assert hub.cached(NAME, "a" * 40) == folder
    assert hub.cached(NAME, "v1") is None
    assert hub.cached("other/pose") is None
    assert server.requests == []


def test_a_row_of_the_catalogue_is_cached_when_its_revision_is(cache):
    row = ModelRow("pose", ModelKind.POSE, "vitpose", "MIT", "here", repository=NAME)
    assert not hub.is_cached(row)
    in_the_cache(cache, FILES)
    assert hub.is_cached(row)
    assert not hub.is_cached(dataclasses.replace(row, revision="v1"))
    assert not hub.is_cached(dataclasses.replace(row, repository=None))


@pytest.mark.parametrize("files", [FILES, SHARDS])
def test_a_model_is_complete_only_with_its_configuration_and_all_weights(cache, files):
    folder = in_the_cache(cache, files)
    assert hub.cached(NAME) == folder
    for name in files:
        if name == "preprocessor_config.json":
            continue
        (folder / name).rename(folder / "away")
        assert hub.cached(NAME) is None, name
        (folder / "away").rename(folder / name)


def test_a_link_to_a_deleted_file_is_not_a_file(cache):
    folder = in_the_cache(cache, FILES)
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to("../../blobs/gone")
    assert hub.cached(NAME) is None


@pytest.mark.parametrize(
    "index", [b"{", b"[]", b'{"weight_map": []}', b'{"weight_map": {"a": "../../secret.safetensors"}}', b"{}", b"\xff"]
)
def test_a_damaged_index_completes_nothing(cache, index):
    (cache / "models--people--pose" / "secret.safetensors").parent.mkdir(parents=True)
    (cache / "models--people--pose" / "secret.safetensors").write_bytes(safetensors(1))
    in_the_cache(cache, {**SHARDS, "model.safetensors.index.json": index})
    assert hub.cached(NAME) is None


def test_weights_are_the_single_file_or_all_shards(cache):
    folder = in_the_cache(cache, SHARDS)
    assert [path.name for path in hub.weight_files(folder)] == sorted(name for name in SHARDS if "-of-" in name)
    (folder / "model.safetensors").write_bytes(safetensors(1))
    assert [path.name for path in hub.weight_files(folder)] == ["model.safetensors"]


@pytest.mark.parametrize(
    "name",
    [
        *("pose", "a/b/c", "../pose", "people/..", "people/a--b", "people/pose.git", "/pose", "people/", ""),
        *("people\\pose", "people/pose\n", "people/" + "a" * 97, "C:/pose", "people/pose!", "~/pose"),
    ],
)
def test_a_name_that_no_repository_can_have_never_becomes_a_path(cache, server, name):
    assert not hub.is_repository(name)
    for ask in (hub.cached, hub.download):
        with pytest.raises(WeightsError, match="repository") as caught:
            ask(name)
        assert "organisation/name" in caught.value.hint
    assert server.requests == []
    assert not cache.exists()


@pytest.mark.parametrize("name", ["usyd-community/vitpose-plus-base", "PekingU/rtdetr_r18vd", "a/b", "a.b/c_d-e.f"])
def test_names_of_repositories_are_recognised(name):
    assert hub.is_repository(name)


@pytest.mark.parametrize("revision", ["../main", "a/../b", "", "/main", "main\n", "a b", "-x"])
def test_a_revision_that_leads_out_of_the_cache_is_refused(revision):
    for ask in (hub.cached, hub.download):
        with pytest.raises(WeightsError, match="revision"):
            ask(NAME, revision)


def test_a_reference_cannot_lead_out_of_the_cache(cache, tmp_path):
    in_the_cache(cache, FILES)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name, content in FILES.items():
        (elsewhere / name).write_bytes(content)
    reference = cache / "models--people--pose" / "refs" / "main"
    for content in (str(elsewhere), "../../../../elsewhere", ""):
        reference.write_text(content)
        assert hub.cached(NAME) is None


def test_the_size_on_disk_counts_each_file_once_and_follows_links(cache, tmp_path):
    folder = hub.download(NAME)
    assert (folder / "model.safetensors").is_symlink()
    assert hub.size_on_disk(folder) == sum(map(len, FILES.values()))
    assert hub.size_on_disk(tmp_path / "nowhere") == 0


def test_looking_into_the_cache_is_cheap():
    """No network library, no torch: `models list` does it for every row."""
    code = (
        "import sys; from vitpose_live.models import hub; hub.cached('people/pose');"
        "print([name for name in ('torch', 'transformers', 'httpx2', 'tqdm') if name in sys.modules])"
    )
    assert child(code).stdout == "[]\n"


# --- safetensors


def test_whole_safetensors_files_pass(tmp_path):
    path = tmp_path / "model.safetensors"
    for sizes in [(), (0,), (1,), (300, 7)]:
        path.write_bytes(safetensors(*sizes))
        hub.check_safetensors(path)


def test_every_truncation_of_a_safetensors_file_is_found(tmp_path):
    whole, path = safetensors(5, 3), tmp_path / "model.safetensors"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(WeightsError, match=r"model\.safetensors is truncated") as caught:
            hub.check_safetensors(path)
        assert "models download" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        (safetensors(5) + b"\0", "1 bytes behind its end", "download"),
        (b"PK\x03\x04" + bytes(400), "not a safetensors file", "download"),
        (b"\x80\x02}q\x00(X" + bytes(90), "not a safetensors file", "download"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n", "placeholder", "git lfs pull"),
        ((2).to_bytes(8, "little") + b"[]", "not a safetensors file", "download"),
        ((17).to_bytes(8, "little") + b'{"a": {"b": [1]}}', "not a safetensors file", "download"),
        ((200_000).to_bytes(8, "little") + b"[" * 200_000, "not a safetensors file", "download"),
        ((1 << 63).to_bytes(8, "little") + bytes(100), "not a safetensors file", "download"),
    ],
    ids=["longer", "zip", "pickle", "git", "list", "keys", "nested", "huge"],
)
def test_another_file_by_that_name_is_named(tmp_path, content, message, hint):
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=message) as caught:
        hub.check_safetensors(path)
    assert str(path) in caught.value.message
    assert hint in caught.value.hint


def test_an_absent_safetensors_file_is_named(tmp_path):
    for path in (tmp_path / "model.safetensors", tmp_path):
        with pytest.raises(WeightsError, match="cannot be read"):
            hub.check_safetensors(path)


# --- downloads


def test_a_download_brings_what_is_needed_and_nothing_else(cache):
    folder = hub.download(NAME)
    assert contents(folder) == FILES
    assert hub.cached(NAME) == folder
    assert partials(cache) == []


def test_a_model_in_shards_comes_whole(server):
    server.repositories[NAME] = Repository({**SHARDS, **OTHERS})
    assert contents(hub.download(NAME)) == SHARDS


def test_a_shard_that_the_repository_lacks_is_named_and_the_branch_leads_nowhere(server):
    files = {name: content for name, content in SHARDS.items() if "00002-of" not in name}
    server.repositories[NAME] = Repository(files)
    assert "names files it does not have" in refused().message
    assert hub.cached(NAME) is None


def test_the_hub_is_asked_one_question_and_one_per_file(server):
    hub.download(NAME)
    files = ["GET preprocessor_config.json", "GET config.json", "GET model.safetensors"]
    digest = server.repositories[NAME].digest("model.safetensors")
    assert server.asked() == ["GET main", *files, f"GET {digest}"]
    assert server.requests[-1][2]["accept-encoding"] == "identity"
    server.requests.clear()
    hub.download(NAME)
    assert server.asked() == ["GET main"]


@pytest.mark.parametrize("first", ["", "import huggingface_hub.constants"])
def test_a_fresh_process_asks_nothing_else_says_nothing_and_tells_nothing_of_the_machine(server, tmp_path, first):
    """Not the versions of other packages, no list of coding agents, no token, no progress bar of the library's."""
    found = child(
        f"{first}\nfrom vitpose_live.models import hub; import os\n"
        f"print(hub.download({NAME!r}).name, os.environ['HF_HUB_DISABLE_TELEMETRY'])",
        server,
        HF_HOME=str(tmp_path / "home"),
        AI_AGENT="robot",
    )
    assert (found.stdout, found.stderr) == (server.repositories[NAME].commit + " 1\n", "")
    assert len(server.requests) == 5
    for _, _, headers in server.requests:
        assert not {"authorization", "cookie"} & set(headers)
        assert not {"torch", "agent", "transformers"} & {
            part.split("/")[0] for part in headers["user-agent"].split("; ")
        }
    assert (tmp_path / "home" / "hub" / "models--people--pose").is_dir()


def test_a_token_goes_to_the_hub_and_not_to_where_it_sends_us(server, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    hub.download(NAME)
    for _, path, headers in server.requests:
        assert headers.get("authorization") == (None if path.startswith("/content/") else "Bearer hf_secret"), path


def test_progress_knows_the_total_from_the_start_and_never_goes_back(server):
    seen = []
    hub.download(NAME, progress=lambda done, total: seen.append((done, total)))
    total = sum(map(len, FILES.values()))
    assert seen[0] == (0, total)
    assert seen[-1] == (total, total)
    assert {entry[1] for entry in seen} == {total}
    assert [entry[0] for entry in seen] == sorted(entry[0] for entry in seen)
    assert len(seen) > 5
    seen.clear()
    hub.download(NAME, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(total, total)]


def test_a_new_commit_brings_the_changed_files_only_and_the_old_one_stays(server):
    old = hub.download(NAME)
    before = server.repositories[NAME].commit
    server.repositories[NAME].files["config.json"] = b'{"model_type": "vitpose", "new": 1}'
    server.requests.clear()
    new = hub.download(NAME)
    assert server.asked() == ["GET main", "GET config.json"]
    assert contents(new) == {**FILES, "config.json": b'{"model_type": "vitpose", "new": 1}'}
    assert (hub.cached(NAME), hub.cached(NAME, before)) == (new, old)


@pytest.mark.parametrize("revision", ["v1.0", "refs/pr/1"])
def test_other_revisions_are_found_again(server, revision):
    server.repositories[NAME].references = ("main", revision)
    folder = hub.download(NAME, revision)
    assert hub.cached(NAME, revision) == folder
    assert hub.cached(NAME) is None
    assert hub.cached(NAME, folder.name) == folder
    assert hub.download(NAME, folder.name) == folder


def test_other_programs_find_what_we_downloaded():
    folder = hub.download(NAME)
    for name in FILES:
        assert huggingface_hub.try_to_load_from_cache(NAME, name) == str(folder / name)
    assert huggingface_hub.snapshot_download(NAME, local_files_only=True) == str(folder)
    scan = huggingface_hub.scan_cache_dir(constants.HF_HUB_CACHE)
    assert not scan.warnings
    assert [(repo.repo_id, repo.size_on_disk) for repo in scan.repos] == [(NAME, sum(map(len, FILES.values())))]


def test_we_find_what_other_programs_downloaded(server):
    for name in FILES:
        path = huggingface_hub.hf_hub_download(NAME, name)
    server.requests.clear()
    assert hub.cached(NAME) == Path(path).parent == hub.download(NAME)
    assert server.asked() == ["GET main"]


def test_without_symbolic_links_the_files_themselves_lie_in_the_folder(cache, server, monkeypatch):
    def refuse(*_, **__):
        raise OSError(1314, "a required privilege is not held by the client")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    folder = hub.download(NAME)
    assert contents(folder) == FILES
    assert not any(path.is_symlink() for path in folder.iterdir())
    server.requests.clear()
    assert hub.download(NAME) == folder
    assert server.asked() == ["GET main"]


# --- interrupted


@pytest.mark.parametrize("cuts", [[500_000], [1, 2, 3, 4, 5], [-1, 400_000, -1, 400_000]])
def test_a_broken_connection_is_resumed_where_it_broke(server, cuts):
    server.cuts = list(cuts)
    assert contents(hub.download(NAME)) == FILES
    here = 0
    for cut, asked in zip([*cuts, None], server.ranges(), strict=True):
        assert asked == (f"bytes={here}-" if here else None)
        here += max(cut or 0, 0)


def test_a_server_without_ranges_sends_it_again_from_the_start(server):
    server.cuts, server.knows_ranges = [500_000], False
    seen = []
    assert contents(hub.download(NAME, progress=lambda done, total: seen.append(done / total))) == FILES
    assert max(seen) == 1


def test_a_server_that_tells_no_lengths_is_asked_until_all_is_here(server):
    server.cuts, server.tells_lengths = [500_000, 0, 400_000], False
    assert contents(hub.download(NAME)) == FILES
    assert server.ranges() == [None, "bytes=500000-", "bytes=500000-", "bytes=900000-"]
    server.repositories[NAME].files["model.safetensors"] = safetensors(9)
    server.cuts = [0, 0, 0]
    assert "the transfer ended after 0 of" in refused().message


def test_a_connection_that_brings_nothing_is_given_up_and_what_is_here_is_kept(cache, server):
    server.cuts = [700_000, -1, -1, -1]
    error = refused()
    assert server.endpoint in error.message
    assert "kept" in error.hint
    assert [path.stat().st_size for path in partials(cache)] == [700_000]
    assert hub.cached(NAME) is None
    server.requests.clear()
    assert contents(hub.download(NAME)) == FILES
    assert server.ranges() == ["bytes=700000-"]
    assert partials(cache) == []


def test_an_interrupt_leaves_what_the_next_download_goes_on_from(cache, server):
    half = sum(map(len, FILES.values())) // 2

    def stop(done, total):
        if done > half:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hub.download(NAME, progress=stop)
    (partial,) = partials(cache)
    length = partial.stat().st_size
    assert FILES["model.safetensors"].startswith(partial.read_bytes())
    assert hub.cached(NAME) is None
    server.requests.clear()
    seen = []
    assert contents(hub.download(NAME, progress=lambda done, total: seen.append(done))) == FILES
    assert server.ranges() == [f"bytes={length}-"]
    assert seen[0] >= half


def test_a_killed_process_leaves_what_the_next_download_goes_on_from(cache, server):
    server.stall_after = 600_000
    code = (
        f"from vitpose_live.models import hub\n"
        f"hub.download({NAME!r}, progress=lambda done, total: print(done, flush=True))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(server, HF_HUB_CACHE=str(cache)), stdout=subprocess.PIPE
    )
    with process:
        for line in process.stdout:
            if int(line) > 500_000:
                break
        process.kill()
    assert process.returncode
    (partial,) = partials(cache)
    length = partial.stat().st_size
    assert length > 0
    assert FILES["model.safetensors"].startswith(partial.read_bytes())
    server.stall_after = None
    server.requests.clear()
    assert contents(hub.download(NAME)) == FILES
    assert server.ranges() == [f"bytes={length}-"]


def test_a_partial_file_with_other_bytes_is_found_out_and_deleted(cache, server):
    server.cuts = [600_000, -1, -1, -1]
    refused()
    (partial,) = partials(cache)
    partial.write_bytes(bytes(600_000))  # as a power cut leaves it
    assert "arrived damaged" in refused().message
    assert partials(cache) == []
    assert contents(hub.download(NAME)) == FILES


def test_a_partial_file_that_is_too_long_is_begun_again(cache, server):
    server.cuts = [600_000, -1, -1, -1]
    refused()
    partials(cache)[0].write_bytes(bytes(2_000_000))
    assert contents(hub.download(NAME)) == FILES


def test_a_page_to_log_in_does_not_replace_what_is_here(cache, server):
    server.cuts = [600_000, -1, -1, -1]
    refused()

    def log_out(done, total):
        server.portal = True

    assert "does not answer as a Hugging Face hub: it sends 26 bytes" in refused(progress=log_out).message
    assert [path.stat().st_size for path in partials(cache)] == [600_000]


def test_a_cached_file_that_is_truncated_is_replaced(server):
    weights = hub.download(NAME) / "model.safetensors"
    os.truncate(weights, 1000)
    with pytest.raises(WeightsError, match="truncated"):
        hub.check_safetensors(weights)
    server.requests.clear()
    assert contents(hub.download(NAME)) == FILES
    assert server.ranges() == [None]


def test_two_downloads_at_once_fetch_each_file_once(server):
    server.stall_after = 600_000
    under_way, asked, total = threading.Event(), threading.Event(), sum(map(len, FILES.values()))
    seen = []

    def first(done, total):
        if done > 500_000:
            under_way.set()

    def second(done, total):
        seen.append(done)
        asked.set()

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(hub.download, NAME, progress=first)
        assert under_way.wait(BOUND)
        two = pool.submit(hub.download, NAME, progress=second)
        assert asked.wait(BOUND)
        server.resume.set()
        assert one.result(BOUND) == two.result(BOUND)
    assert contents(one.result()) == FILES
    assert server.ranges() == [None]
    assert seen[-1] == total


def test_a_file_that_was_copied_into_the_cache_and_cut_short_is_replaced(cache, server):
    cut = {**FILES, "model.safetensors": FILES["model.safetensors"][:1000]}
    folder = in_the_cache(cache, cut, commit=server.repositories[NAME].commit)
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to("../../blobs/gone")
    assert hub.download(NAME) == folder
    assert contents(folder) == FILES
    assert (folder / "config.json").is_symlink()
    assert (folder / "model.safetensors").is_symlink()


# --- refusals


@pytest.mark.parametrize(
    ("repository", "message", "hint"),
    [
        (None, "no repository people/pose, or it is private", "spelling"),
        (Repository(FILES, refusal=(401, "RepoNotFound")), "no repository people/pose, or it is private", "log in"),
        (Repository(FILES, refusal=(401, "")), "401 Unauthorized", "log in"),
        (Repository(FILES, refusal=(403, "")), "403 Forbidden", "log in"),
        (Repository(FILES, refusal=(403, "GatedRepo")), "gated", "ask for access"),
        (Repository(FILES, gated=True), "gated", "ask for access at http"),
        (Repository(FILES, references=("trunk",)), "no revision 'main'", "tree/main"),
        (Repository(FILES, refusal=(429, "")), "429 Too Many Requests", "wait"),
        (Repository(FILES, refusal=(503, "")), "503 Service Unavailable", "later"),
        (Repository({"config.json": b"{}", **OTHERS}), "no safetensors weights", "carry code"),
        (Repository({"model.safetensors": safetensors(1)}), r"no config\.json", "transformers"),
        (Repository({}), "no safetensors weights", "revision"),
        (Repository({**FILES, "model.safetensors": b"PK\x03\x04" + bytes(99)}), "not a safetensors file", "download"),
    ],
)
def test_what_the_hub_refuses_is_named(server, repository, message, hint):
    server.repositories = {NAME: repository} if repository else {}
    error = refused()
    assert re.search(message, error.message)
    assert hint in error.hint
    assert hub.cached(NAME) is None
    assert len(server.asked()) == len(set(server.asked())), "asked again after a refusal"


def test_a_server_that_fails_during_the_transfer_is_named(server):
    def fail_then(done, total):
        server.status = 500

    assert "500 Internal Server Error" in refused(progress=fail_then).message
    server.status = 0
    assert contents(hub.download(NAME)) == FILES


def test_a_damaged_transfer_is_found_out_and_nothing_of_it_stays(cache, server):
    server.damage = True
    assert "model.safetensors arrived damaged" in refused().message
    assert partials(cache) == []
    server.damage = False
    assert contents(hub.download(NAME)) == FILES


def test_a_page_to_log_in_is_not_taken_for_the_hub(server):
    server.portal = True
    error = refused()
    assert "does not answer as a Hugging Face hub" in error.message
    assert "login" in error.hint


def test_a_hub_that_is_not_there_is_named(use):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        use(f"http://127.0.0.1:{taken.getsockname()[1]}")
        error = refused()
    assert "cannot be reached" in error.message
    assert "network" in error.hint


def test_a_name_that_does_not_resolve_is_named(use, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    use("http://hub.invalid")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "http://hub.invalid cannot be reached: " in refused().message


def test_a_hub_that_keeps_silent_is_named(server, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_ETAG_TIMEOUT", 0.05)
    server.stall_after = 0
    assert "does not answer in time" in refused().message


def test_a_transfer_that_stops_is_named_and_kept(cache, server, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.05)
    server.stall_after = 600_000

    def stop_answering(done, total):
        if done > 500_000:
            server.stall_after = 0

    error = refused(progress=stop_answering)
    assert "does not answer in time" in error.message
    assert [path.stat().st_size for path in partials(cache)] == [600_000]


@pytest.mark.parametrize("endpoint", ["nonsense", "ftp://127.0.0.1", "http://[", ""])
def test_an_address_that_is_none_is_named(use, endpoint):
    use(endpoint)
    refused()


@pytest.mark.parametrize("proxy", ["nonsense://127.0.0.1:1", "http://127.0.0.1:1"])
def test_a_proxy_that_does_not_work_is_named(monkeypatch, use, proxy):
    huggingface_hub.close_session()
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("http_proxy", proxy)
    use("http://hub.invalid")
    refused()
    huggingface_hub.close_session()


def test_offline_only_the_cache_is_looked_into(monkeypatch, server):
    folder = hub.download(NAME)
    server.requests.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert hub.download(NAME) == folder
    error = refused(name="people/other")
    assert "HF_HUB_OFFLINE" in error.message
    assert "embedded" in error.hint
    assert server.requests == []


# --- disks


def test_a_disk_that_is_too_small_is_told_before_anything_is_fetched(cache, server, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 300_000))
    error = refused()
    assert "1.2 MB are needed, 0.3 MB are free" in error.message
    assert "HF_HOME" in error.hint
    assert server.asked() == ["GET main"]
    assert not cache.exists()


def test_a_disk_that_fills_up_on_the_way_keeps_nothing_unfinished(cache, server, small_disk, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(small_disk / "cache"))
    filler = small_disk / "filler"

    def fill(done, total):
        if done > 300_000 and not filler.exists():
            filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - 200_000))

    error = refused(progress=fill)
    assert "does not fit on the disk" in error.message
    assert partials(small_disk) == []
    assert hub.cached(NAME) is None
    filler.unlink()
    assert contents(hub.download(NAME)) == FILES


@pytest.fixture
def small_disk(tmp_path):
    """Mount a disk of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("needs the right to mount a tmpfs")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_file_that_the_system_does_not_let_grow_is_named_and_deleted(cache, server):
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))\n"
        "from vitpose_live.errors import WeightsError\n"
        "from vitpose_live.models import hub\n"
        f"try: hub.download({NAME!r})\n"
        "except WeightsError as error: print(error, '|', error.hint)\n"
    )
    found = child(code, server, HF_HUB_CACHE=str(cache))
    assert "File too large" in found.stdout
    assert "HF_HOME" in found.stdout
    assert partials(cache) == []
    assert contents(hub.download(NAME)) == FILES


def test_a_cache_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "file" / "cache"))
    error = refused()
    assert "cannot be written: Not a directory" in error.message
    assert "HF_HOME" in error.hint


def environment(server=None, **more):
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_") and "TELEMETRY" not in key}
    address = {"HF_ENDPOINT": server.endpoint} if server else {}
    return {**kept, **address, "PYTHONPATH": str(ROOT), **more}


def child(code, server=None, **more):
    """Run `code` in a fresh interpreter."""
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env=environment(server, **more),
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return found
