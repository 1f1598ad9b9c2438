"""Reports: sections that are there when their data are, whole files, no secrets."""

from __future__ import annotations

import re

import numpy as np
import pytest

import edgetwin as et
from edgetwin.report.page import Page, command_line, hidden


def saved(report, tmp_path):
    return report.save(tmp_path / "report.html").read_text(encoding="utf-8")


def test_every_section(full_report, tmp_path):
    page = saved(full_report, tmp_path)
    assert full_report.sections == (
        "Data", "Windows", "Features", "Training", "float32, int8 and device", "Agreement", "Error by layer",
        "Byte by byte", "Size, RAM and latency", "Trials", "Reproduce",
    )  # fmt: skip
    assert re.findall(r'<h2 id="section-\d+">(.*?)</h2>', page) == list(full_report.sections)
    assert re.findall(r'<a href="#section-\d+">(.*?)</a>', page) == list(full_report.sections)
    assert "<title>Strides &lt;int8&gt; &amp; more</title>" in page
    assert "117 strides" not in page
    assert "Bland-Altman plot of stride length: bias" in page
    assert "1,000 bytes" in page
    assert et.load(et.data.demo_model()).hash in page
    assert "hush-hush" not in page
    assert "&#x27;a b.npz&#x27; --api-key &#x27;***&#x27;" in page


def test_nothing_is_asked_of_a_network(full_report, tmp_path):
    page = saved(full_report, tmp_path)
    addresses = re.findall(r'(?:src|srcset|href)="(.*?)"', page)
    assert len(addresses) > 20
    assert all(address.startswith(("data:image/png;base64,", "#")) for address in addresses)
    assert "<script" not in page
    assert "url(" not in page


def test_a_report_has_what_it_was_given(tmp_path):
    report = et.Report("little")
    report.reproduce()
    page = saved(report, tmp_path)
    assert report.sections == ("Reproduce",)
    assert "seed" not in page
    assert "<img" not in page


def test_figures_beside_the_float32_twin_and_recorded_bytes(tmp_path):
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(200, 3)).astype(np.float32), rng.integers(0, 2, 200)
    layers = [et.nn.Dense(4, "relu"), et.nn.Dense(2), et.nn.Softmax()]
    network = et.nn.Sequential(layers, input_shape=(3,), seed=1)
    result = et.evaluate(et.quantize(network, x), (x, y), against=network, resamples=50)
    report = et.Report("classes")
    report.evaluation(result, classes=["no", "yes"])
    page = saved(report, tmp_path)
    assert report.sections == ("float32, int8 and device", "Classes")
    assert "<td>float32</td>" in page
    assert "<td>int8, as on the device</td>" in page
    assert "in another class than with the float32 twin" in page
    assert "areas of" not in page
    assert "Confusion matrix of 200 samples" in page


def test_secrets_of_the_environment_are_hidden(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", "0123456789abcdef")
    monkeypatch.setenv("SOME_PLACE", "a-place-that-is-told")
    report = et.Report("run 0123456789abcdef")
    report.facts("Facts", "about 0123456789abcdef", {"key 0123456789abcdef": "0123456789abcdef, a-place-that-is-told"})
    report.reproduce(commands=["tool 0123456789abcdef", ["tool", "0123456789abcdef"]])
    page = saved(report, tmp_path)
    assert "0123456789abcdef" not in page
    assert page.count("***") == 7
    assert "a-place-that-is-told" in page


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["edgetwin", "x", "--key", "abc", "y z"], "edgetwin x --key '***' 'y z'"),
        (["edgetwin", "--api-key=abc"], "edgetwin '--api-key=***'"),
        (["edgetwin", "--hop", "3", "--monkey", "4"], "edgetwin --hop 3 --monkey 4"),
    ],
)
def test_command_lines(arguments, shown):
    assert command_line(arguments) == shown


def test_parameters_named_as_secrets():
    assert hidden("wandb.api_key", "abc") == "***"
    assert hidden("auth_token", "abc") == "***"
    assert hidden("kernel_size", "3") == "3"


def test_text_is_text(tmp_path):
    page = Page("t")
    page.section("<b>")
    page.paragraph("</p><script>")
    page.table("<i>", ("<u>",), [("<s>",)])
    page.facts('"quoted"', {"&": "<"})
    content = page.html("<foot>")
    assert not re.search(r"<(b|i|u|s|script|foot)>", content)
    assert 'aria-label="&lt;i&gt;"' in content


def test_a_report_is_whole_or_not_there(tmp_path):
    report = et.Report("x")
    with pytest.raises(et.OutputError, match="cannot write"):
        report.save(tmp_path / "none" / "report.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shape", [(4,), (2, 3, 4, 5), (0, 3, 2)])
def test_windows_of_another_shape(shape):
    with pytest.raises(et.DataError, match=r"windows: shape .* accepted are"):
        et.Report("x").windows(np.zeros(shape))


def test_pictures_say_what_they_show():
    report = et.Report("x")
    with pytest.raises(et.DataError, match="accepted is what the picture shows"):
        report.picture("S", et.plots.training_curve({"loss": [1.0]}), " ")
    with pytest.raises(et.DataError, match="accepted is one for each of 2 channels"):
        report.windows(np.zeros((3, 4, 2)), names=["a"])
    assert report.sections == ()
