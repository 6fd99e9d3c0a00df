import subprocess
import sys
import threading
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.testing as npt
import pandas as pd
import pandas.testing as pdt
import pytest

from sicell._solve import _executor
from sicell.circuit import parse
from sicell.eis import _many, fit, fit_many

FREQUENCY = np.geomspace(1e5, 0.1, 50)
CIRCUIT = "R0-p(R1,CPE1)"


def spectra(count, seed=0):
    rng = np.random.default_rng(seed)
    values = np.column_stack(
        [
            rng.uniform(5, 50, count),
            rng.uniform(20, 200, count),
            10 ** rng.uniform(-5, -4, count),
            rng.uniform(0.7, 1, count),
        ]
    )
    z = parse(CIRCUIT).impedance(FREQUENCY, values)
    noise = rng.standard_normal((2, *z.shape))
    return z + 0.003 * np.abs(z) * (noise[0] + 1j * noise[1])


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(_many, "CHUNK", 4)
    monkeypatch.setattr(_executor, "_IN_FLIGHT", 2)


def test_many_equal_single_fits():
    data = spectra(6)
    table = fit_many(FREQUENCY, data, CIRCUIT, progress=False)
    for i, z in enumerate(data):
        single = fit(FREQUENCY, z, CIRCUIT)
        npt.assert_allclose(table.loc[i, ["R0", "R1", "CPE1_0", "CPE1_1"]].astype(float), single.values, rtol=1e-4)
        for column in ("stderr", "lower", "upper"):
            npt.assert_allclose(table.loc[i, f"R1_{column}"], single.parameters.loc["R1", column], rtol=1e-3)
        npt.assert_allclose(table.loc[i, "relative_rms"], single.relative_rms, rtol=1e-6)
        npt.assert_allclose(table.loc[i, "chi_square"], single.chi_square, rtol=1e-5)
    assert (table["status"] == "ok").all()
    assert table["converged"].all()
    assert table["R1_identifiable"].all()


def test_bad_spectra_say_why_and_the_rest_go_on():
    data = spectra(5)
    data[1, 7] = np.nan
    data[3] = data[3].conj()
    table = fit_many(FREQUENCY, data, CIRCUIT, progress=False)
    assert table.loc[1, "status"].startswith("impedance must be finite and not zero, got (nan")
    assert "at row 7" in table.loc[1, "status"]
    assert "looks conjugated" in table.loc[3, "status"]
    assert table.loc[[1, 3], "R0"].isna().all()
    assert (table.loc[[0, 2, 4], "status"] == "ok").all()


def test_different_duplicates_fail_in_their_row_only():
    data = spectra(3)
    data = np.column_stack([data, data[:, 4]])
    data[1, -1] *= 1.2
    table = fit_many(np.append(FREQUENCY, FREQUENCY[4]), data, CIRCUIT, progress=False)
    assert table["status"].eq("ok").tolist() == [True, False, True]
    assert "rows 4 and 50" in table.loc[1, "status"]


def test_spectrum_that_cannot_be_computed_is_told_apart_from_its_chunk(monkeypatch):
    data = spectra(5)
    poison = data[2, 0]
    original = _many.solve

    def failing(model, part, weight, level):
        if (part[:, 0] == poison).any():
            raise np.linalg.LinAlgError("Singular matrix")
        return original(model, part, weight, level)

    monkeypatch.setattr(_many, "solve", failing)
    table = fit_many(FREQUENCY, data, CIRCUIT, progress=False)
    assert table["status"].tolist() == ["ok", "ok", "failed: Singular matrix", "ok", "ok"]


def test_options_reach_every_spectrum():
    data = spectra(3)
    table = fit_many(
        FREQUENCY,
        data,
        CIRCUIT,
        fixed={"R0": 10.0},
        bounds={"R1": (1, 1e4)},
        weight=1 / np.abs(data[0]),
        progress=False,
    )
    assert (table["R0"] == 10).all()
    assert (table["R0_stderr"] == 0).all()
    single = fit(FREQUENCY, data[2], CIRCUIT, fixed={"R0": 10.0}, weight=1 / np.abs(data[0]))
    npt.assert_allclose(table.loc[2, "R1"], single.parameters.loc["R1", "value"], rtol=1e-3)


def test_rows_keep_the_index_of_a_data_frame():
    frame = pd.DataFrame(spectra(2), index=["cycle 3", "cycle 53"])
    assert fit_many(FREQUENCY, frame, CIRCUIT, progress=False).index.tolist() == ["cycle 3", "cycle 53"]


def test_no_spectra_give_an_empty_table():
    table = fit_many(FREQUENCY, np.empty((0, 50), complex), CIRCUIT, progress=False)
    assert len(table) == 0
    assert "R1_stderr" in table


def test_threads_and_chunks_give_the_same_table(small_chunks):
    data = spectra(11)
    with ThreadPoolExecutor(2) as pool:
        together = fit_many(FREQUENCY, data, CIRCUIT, executor=pool, progress=True)
    pdt.assert_frame_equal(together, fit_many(FREQUENCY, data, CIRCUIT, progress=False))


def test_processes_give_the_same_table(small_chunks):
    data = spectra(10)
    with ProcessPoolExecutor(2) as pool:
        together = fit_many(FREQUENCY, data, CIRCUIT, executor=pool, progress=False)
    pdt.assert_frame_equal(together, fit_many(FREQUENCY, data, CIRCUIT, progress=False))


@pytest.mark.parametrize("processes", [False, True])
def test_dask_cluster_gives_the_same_table(small_chunks, processes):
    distributed = pytest.importorskip("distributed")
    data = spectra(10)
    with (
        distributed.LocalCluster(
            n_workers=2 if processes else 1, threads_per_worker=1, processes=processes, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        together = fit_many(FREQUENCY, data, CIRCUIT, executor=client.get_executor(), progress=False)
    pdt.assert_frame_equal(together, fit_many(FREQUENCY, data, CIRCUIT, progress=False))


def test_worker_that_dies_is_named_in_its_rows(small_chunks):
    class Failing(ThreadPoolExecutor):
        calls = 0

        def submit(self, function, *arguments):
            self.calls += 1
            if self.calls == 2:
                future = Future()
                future.set_exception(MemoryError("worker gone"))
                return future
            return super().submit(function, *arguments)

    with Failing(1) as pool:
        table = fit_many(FREQUENCY, spectra(10), CIRCUIT, executor=pool, progress=False)
    assert table["status"].tolist() == ["ok"] * 4 + ["failed: MemoryError: worker gone"] * 4 + ["ok"] * 2


def test_interruption_keeps_what_is_done(small_chunks, monkeypatch):
    original, calls = _many.fit_chunk, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(_many, "fit_chunk", interrupted)
    table = fit_many(FREQUENCY, spectra(12), CIRCUIT, progress=False)
    assert table["status"].tolist() == ["ok"] * 8 + ["not done"] * 4
    assert table["R0"].notna().sum() == 8


def test_interruption_cancels_what_is_waiting(small_chunks, monkeypatch):
    gate = threading.Event()

    futures = []

    class Waiting(ThreadPoolExecutor):
        def submit(self, function, *arguments):
            futures.append(super().submit(gate.wait))
            return futures[-1]

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(_executor, "wait", interrupted)
    with Waiting(1) as pool:
        table = fit_many(FREQUENCY, spectra(12), CIRCUIT, executor=pool, progress=False)
        gate.set()
    assert (table["status"] == "not done").all()
    assert futures[-1].cancelled()


def test_one_spectrum_instead_of_many_fails():
    with pytest.raises(ValueError, match=r"impedances must be of shape .N, F., one row a spectrum, got shape .50,."):
        fit_many(FREQUENCY, spectra(1)[0], CIRCUIT)


def test_shared_arguments_that_are_wrong_fail():
    data = spectra(2)
    with pytest.raises(ValueError, match="same length, got 49 and 50"):
        fit_many(FREQUENCY[1:], data, CIRCUIT)
    with pytest.raises(ValueError, match="weight must be one of"):
        fit_many(FREQUENCY, data, CIRCUIT, weight="phase")
    with pytest.raises(ValueError, match="the spectrum 3 points"):
        fit_many(FREQUENCY[:3], data[:, :3], CIRCUIT)
    with pytest.raises(TypeError, match="must be complex"):
        fit_many(FREQUENCY, data.real, CIRCUIT)


def test_import_leaves_notebooks_without_widgets_alone():
    # tqdm's notebook front end warns on standard error wherever ipywidgets is not installed.
    library = str(Path(_many.__file__).parents[2])
    code = f"import sys; sys.path.insert(0, {library!r}); import sicell.eis; print('tqdm.autonotebook' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
