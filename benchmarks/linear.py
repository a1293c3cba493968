"""How fast and how right the direct solvers are: against LAPACK, NumPy, scikit-learn and dask, with the targets to meet.

Prints the tables and writes them to `linear.md` and, with the spread over rounds, `linear.json`. Every row's candidates
take turns; its ratio is the median of the ratios within rounds, of wall time. One thread everywhere.
"""

import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

import mpmath
import numpy as np
import scipy.linalg
import sklearn
import torch
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_limits

import thalweg
from rounds import Times, take_turns
from table import machine
from thalweg.direct import ridge_blocks, ridge_path, ridge_plan
from thalweg.linearization import linearize
from thalweg.subjects import ridge
from thalweg.subjects.least_squares import from_spectrum, make_problem

try:
    import dask
    import dask.array as da
except ImportError:
    da = None

ROUNDS = 5
STEPS, MOMENTS = 100_000, 200
BLOCKS, ROWS, COLUMNS = 100, 20_000, 100  # Two million rows, 1.6 GB: more than a block need be in memory.
KAPPAS = (1e2, 1e6, 1e10)
FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        what: What was done, and against what.
        unit: What both numbers are: milliseconds, median over rounds of wall time; or a relative error.
        ours: Thalweg's number.
        theirs: The other candidate's.
        ratio: The median over rounds of the ratio that the target speaks of.
        spread: The smallest and largest such ratio.
        target: What was to be reached, in words; empty where nothing was.
        met: Whether it was.
    """

    what: str
    unit: str
    ours: float
    theirs: float | None = None
    ratio: float | None = None
    spread: list[float] = field(default_factory=list)
    target: str = ""
    met: bool | None = None


@dataclass(frozen=True)
class Door:
    """One line of the table of accuracy: a way to the weights, its errors, and when it is right."""

    name: str
    errors: list[float | str]
    right_when: str


def main() -> None:
    """Measure everything on one thread, print it, write it."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    began, rows, notes = time.perf_counter(), [], []
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of what the table of accuracy is there to show
        for part in (tall_path, wide_path, descent_path, tall_memory, tall_blocks):
            found, remarks = part()
            print("\n".join([*map(_line, found), *("  " + remark for remark in remarks)]), flush=True)
            rows += found
            notes += remarks
        doors = accuracy()
    notes.append(f"The whole benchmark took {time.perf_counter() - began:.0f} s.")
    text = _page(rows, notes, doors)
    print("\n" + text)
    (FOLDER / "linear.md").write_text(text)
    report = {"machine": facts(), "rows": rows, "notes": notes, "columns": _columns(), "accuracy": doors}
    (FOLDER / "linear.json").write_text(json.dumps(report, indent=2, default=asdict) + "\n")


def tall_path() -> tuple[list[Row], list[str]]:
    """A hundred strengths on more points than parameters."""
    return _path(5000, 500)


def wide_path() -> tuple[list[Row], list[str]]:
    """A hundred strengths on more parameters than points."""
    return _path(500, 5000)


def _path(n: int, d: int) -> tuple[list[Row], list[str]]:
    F, y = _problem(n, d, 1e3)
    lam = torch.logspace(-6, 0, 100)  # From the square of the smallest singular value to that of the largest.
    times = take_turns(
        {
            "thalweg": _once(lambda: ridge_path(F, y, lam)),
            "gesdd": _once(lambda: _gesdd(F)),
            "scikit-learn": _once(lambda: [_scikit_learn(F, y, strength) for strength in lam.tolist()]),
        },
        ROUNDS,
    )
    some = lam[::9]
    right = _by_more_digits(F, y, some)
    ours, svd = (_error(solve(F, y, some), right) for solve in (ridge_path, _by_svd))
    what, routes = f"100 strengths, {n} x {d}", ridge_plan(F, lam).routes
    rows = [
        _compare(f"{what}, against one gesdd", times, "gesdd", at_most=0.4),
        _compare(f"{what}, against scikit-learn's Ridge, 100 times", times, "scikit-learn", at_least=25),
        Row(f"{what}: largest error", "error", ours, target="<= 1e-12", met=ours <= 1e-12),
        Row(
            f"{what}: its error, against the SVD's", "error", ours, svd, ours / svd, [], "<= 10 times", ours <= 10 * svd
        ),
    ]
    taken = ", ".join(f"{routes.count(route)} by {route}" for route in dict.fromkeys(routes))
    return rows, [f"{what}: {taken}. Errors are the largest of {len(some)} strengths, the smallest among them."]


def descent_path() -> tuple[list[Row], list[str]]:
    """Descent at 200 moments of 100 000 steps, by its modes and by a loop."""
    X, y = _problem(200, 50, 300.0)
    t = torch.linspace(0, STEPS, MOMENTS).round().long()
    lin, lr = linearize(make_problem(X, y)), 1.0  # Half the largest stable rate: sigma_1 = 1.
    found: dict[str, torch.Tensor] = {}

    def ours(calls: int = 20) -> int:
        for _ in range(calls):
            found["thalweg"] = thalweg.linear_path(lin, lr, t)
        return calls

    def loop(name: str, step: Callable[[np.ndarray], np.ndarray]) -> Callable[[], int]:
        def work() -> int:
            w = np.zeros(50)
            kept = [w.copy()]
            for steps in t.diff().tolist():
                for _ in range(steps):
                    w -= step(w)
                kept.append(w.copy())
            found[name] = torch.tensor(np.array(kept))
            return 1

        return work

    ours()
    A, b = X.numpy(), y.numpy()
    gram, right = lr * A.T @ A, lr * A.T @ b
    once = loop("X'X worked out before", lambda w: gram @ w - right)
    times = take_turns({"thalweg": ours, "X'X worked out before": once}, ROUNDS)
    times |= take_turns({"X at every step": loop("X at every step", lambda w: lr * (A.T @ (A @ w - b)))}, 2)
    name = min(("X'X worked out before", "X at every step"), key=lambda name: median(times[name].wall))
    what = f"{MOMENTS} moments of {STEPS} steps of descent, 200 x 50, against NumPy's loop"
    apart = _error(found["thalweg"][1:], found[name][1:])
    slow = ", ".join(f"{key} {median(times[key].wall) / 1e3:.0f} ms" for key in times if key != "thalweg")
    return [_compare(what, times, name, at_least=100)], [
        f"Loops in NumPy: {slow}; the faster counts. It and `linear_path` differ by {apart:.1e} at most, relatively."
    ]


def tall_memory() -> tuple[list[Row], list[str]]:
    """One strength on very many points in memory."""
    F, y, lam = torch.randn(200_000, 200), torch.randn(200_000), torch.ones(1)
    times = take_turns(
        {
            "thalweg": _once(lambda: ridge_path(F, y, lam)),
            "torch's product F'F": _once(lambda: F.T @ F),
            "NumPy's product F'F, half of it": _once(lambda: F.numpy().T @ F.numpy()),
            "scikit-learn's Ridge": _once(lambda: _scikit_learn(F, y, 1.0)),
            "gesdd": _once(lambda: _gesdd(F)),
        },
        3,
    )
    return [
        _compare(f"1 strength, 200000 x 200, against {name}", times, name) for name in times if name != "thalweg"
    ], []


def tall_blocks() -> tuple[list[Row], list[str]]:
    """Two million rows that are made block by block, from a seed each; what the making takes is taken off in every round."""
    lam = torch.ones(1)
    candidates = {
        "making": lambda: sum(1 for _ in _blocks()) // BLOCKS,
        "the Gram matrix": _once(lambda: ridge_blocks(_blocks(), lam, route="gram")),
        "thalweg": _once(lambda: ridge_blocks(_blocks(), lam, route="qr")),
    }
    if da is not None:
        candidates["dask's tsqr, R and Q'y"] = _once(lambda: _dask_tsqr(with_targets=True))
        candidates["dask's tsqr, R alone"] = _once(lambda: _dask_tsqr(with_targets=False))
    raw = take_turns(candidates, 3)
    times = {name: _less(raw[name], raw["making"]) for name in candidates if name != "making"}
    what = f"{BLOCKS * ROWS} x {COLUMNS} by blocks of {ROWS}, by QR, against "
    rows = [_compare(what + "the Gram matrix", times, "the Gram matrix")]
    rows += [_compare(what + name, times, name, at_least=4) for name in times if "dask" in name]
    peaks = ", ".join(f"{route} {_peak_of(route)}" for route in ("gram", "qr"))
    return rows, [
        f"Making the blocks took {median(raw['making'].wall) / 1e6:.1f} s, taken off every candidate in its round.",
        "dask has the same blocks and one thread. R and Q'y are what ours works out; R alone is less."
        if da
        else "dask is not installed: the rows against its tsqr are skipped; pip install 'dask[array]'.",
        f"A pass over the blocks raises the peak memory of its process by: {peaks}. A block has "
        f"{ROWS * COLUMNS * 8 / 2**20:.0f} MiB, all rows have {BLOCKS * ROWS * COLUMNS * 8 / 2**20:.0f} MiB.",
    ]


def accuracy() -> list[Door]:
    """Relative errors of every door to ridge against 60 digits, at the square of the smallest singular value and at 0."""
    cases = []
    for n, d in ((40, 20), (20, 40)):
        for kappa in KAPPAS:
            F, y = _problem(n, d, kappa)
            cases += [(F, y, lam, _by_mpmath(F, y, lam)) for lam in (kappa**-2, 0.0)]
    return [
        Door(name, [_error_or_reason(solve, *case) for case in cases], RIGHT_WHEN.get(name, ""))
        for name, solve in {**ridge.DOORS, **OTHERS}.items()
    ]


def _in_four(F: torch.Tensor, y: torch.Tensor) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    return zip(F.chunk(4), y.chunk(4), strict=True)


def _scikit_learn(F: torch.Tensor, y: torch.Tensor, lam: float, solver: str = "auto") -> torch.Tensor:
    return torch.tensor(Ridge(alpha=lam, fit_intercept=False, solver=solver).fit(F.numpy(), y.numpy()).coef_)


OTHERS = {
    "ridge_path": lambda F, y, lam: ridge_path(F, y, torch.tensor([lam]))[0],
    'ridge_blocks, route="gram"': lambda F, y, lam: ridge_blocks(_in_four(F, y), torch.tensor([lam]), route="gram")[0],
    'ridge_blocks, route="qr"': lambda F, y, lam: ridge_blocks(_in_four(F, y), torch.tensor([lam]), route="qr")[0],
    "scikit-learn": _scikit_learn,
    'scikit-learn, solver="svd"': lambda F, y, lam: _scikit_learn(F, y, lam, "svd"),
}
SQUARES = "the square of the condition number, ridge included, leaves digits: it solves with a squared matrix"
RIGHT_WHEN = {
    "optimum": f"{SQUARES}; singular for wide X without a ridge",
    "shifted singular values": "always where X has full rank: without a ridge it keeps what is only rounding",
    "MAP estimate": f"{SQUARES}, and there is a ridge: it divides by it",
    "conditional mean": f"{SQUARES}; singular for tall X without a ridge",
    "fake data": "there is a ridge, or X is tall: it drops next to nothing, rounding neither",
    "fake features": "always where X has full rank",
    "kernel form": f"{SQUARES}; singular for tall X without a ridge",
    "pseudo-inverse": f"{SQUARES}; singular for tall X without a ridge",
    "descent with weight decay": "10^15 steps suffice: while the condition number, ridge included, is under about 10^7",
    "ridge_path": "always",
    'ridge_blocks, route="gram"': "it answers: otherwise it refuses",
    'ridge_blocks, route="qr"': "always",
    "scikit-learn": f"{SQUARES}, by Cholesky, and by an SVD only where that fails",
    'scikit-learn, solver="svd"': "the smallest singular value is over 1e-15: it drops smaller ones, whatever the largest",
}


def _problem(n: int, d: int, kappa: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Singular values from 1 down to 1/kappa, evenly in the logarithm; targets that are linear, and noise."""
    generator = torch.Generator().manual_seed(0)
    F = from_spectrum(n, d, torch.logspace(0, -float(np.log10(kappa)), min(n, d)), generator)
    return F, F @ torch.randn(d, generator=generator) + 0.1 * torch.randn(n, generator=generator)


def _gesdd(F: torch.Tensor) -> tuple[np.ndarray, ...]:
    return scipy.linalg.svd(F.numpy(), full_matrices=False, lapack_driver="gesdd")


def _by_svd(F: torch.Tensor, y: torch.Tensor, lam: torch.Tensor) -> torch.Tensor:
    U, sigma, Vh = map(torch.tensor, _gesdd(F))
    return (y @ U / (sigma + lam.unsqueeze(1) / sigma)) @ Vh


def _by_more_digits(F: torch.Tensor, y: torch.Tensor, lam: torch.Tensor) -> np.ndarray:
    """Weights in NumPy's long double: those of the SVD, corrected twice by residuals in that precision."""
    A, b, strengths = (x.numpy().astype(np.longdouble) for x in (F, y, lam.unsqueeze(1)))
    U, sigma, Vh = _gesdd(F)
    shrunk = sigma**2 + lam.numpy()[:, None]
    tall = len(F) >= F.shape[1]
    X, vectors = np.zeros((len(lam), min(F.shape)), dtype=np.longdouble), Vh.T if tall else U
    for _ in range(3):
        residual = (b - X @ A.T) @ A if tall else b - (X @ A) @ A.T
        step = (residual - strengths * X).astype(np.float64)
        X += (step @ vectors / shrunk) @ vectors.T
    return X if tall else X @ A


def _by_mpmath(F: torch.Tensor, y: torch.Tensor, lam: float) -> torch.Tensor:
    """Weights by the normal equations of the shorter side, in 60 digits."""
    with mpmath.workdps(60):
        A, b = mpmath.matrix(F.tolist()), mpmath.matrix(y.tolist())
        tall = A.rows >= A.cols
        gram, right = (A.T * A, A.T * b) if tall else (A * A.T, b)
        w = mpmath.lu_solve(gram + mpmath.mpf(lam) * mpmath.eye(gram.rows), right)
        return torch.tensor([float(x) for x in (w if tall else A.T * w)])


def _error(found: torch.Tensor, right: np.ndarray | torch.Tensor) -> float:
    """The largest relative error of all rows, in the 2-norm."""
    exact = np.asarray(right, dtype=np.longdouble)
    apart = np.sqrt(((found.numpy() - exact) ** 2).sum(-1) / (exact**2).sum(-1))
    return float(apart.max())


def _error_or_reason(
    solve: ridge.Door, F: torch.Tensor, y: torch.Tensor, lam: float, right: torch.Tensor
) -> float | str:
    try:
        found = solve(F, y, lam)
    except (ValueError, RuntimeError) as error:
        return "refuses" if "need" in str(error) else "fails"
    return _error(found, right) if found.isfinite().all() else "NaN"


def _blocks() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    return ((_block(seed), _block(seed, 1)[:, 0]) for seed in range(BLOCKS))


def _block(seed: int, columns: int = COLUMNS) -> np.ndarray:
    return np.random.default_rng(seed).random((ROWS, columns))


def _dask_tsqr(*, with_targets: bool) -> tuple[np.ndarray, ...]:
    def whole(columns: int) -> da.Array:
        block = dask.delayed(_block)
        return da.concatenate([da.from_delayed(block(i, columns), (ROWS, columns), float) for i in range(BLOCKS)])

    Q, R = da.linalg.tsqr(whole(COLUMNS))
    return dask.compute(*((R, Q.T @ whole(1)) if with_targets else (R,)), scheduler="synchronous")


def _peak_of(route: str) -> str:
    code = f"import linear; linear.print_peak({route!r})"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=FOLDER, capture_output=True, text=True, check=True
    ).stdout.strip()


def print_peak(route: str) -> None:
    """Print by how much one pass raises the peak of this process's memory over what it held just before."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    ridge_blocks([(_block(0), _block(0, 1)[:, 0])], torch.ones(1), route=route)  # What libraries load when first used.
    Path("/proc/self/clear_refs").write_text("5")  # The peak is now what is held.
    before = _peak_kib()
    ridge_blocks(_blocks(), torch.ones(1), route=route)
    print(f"{(_peak_kib() - before) / 2**10:.0f} MiB")


def _peak_kib() -> int:
    """Not `getrusage`: that one is inherited from the parent process."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1])


def _once(work: Callable[[], object]) -> Callable[[], int]:
    def once() -> int:
        work()
        return 1

    return once


def _less(times: Times, off: Times) -> Times:
    """The times less those of another candidate in the same round."""
    return Times(*([a - b for a, b in zip(all_, part, strict=True)] for all_, part in zip(times, off, strict=True)))


def _compare(
    what: str,
    times: dict[str, Times],
    other: str,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
) -> Row:
    """A row of two times; the ratio is ours over theirs, or theirs over ours where we are to be faster."""
    above, below = ("thalweg", other) if at_least is None else (other, "thalweg")
    each = [a / b for a, b in zip(times[above].wall, times[below].wall, strict=True)]
    value, target, met = median(each), "", None
    if at_most is not None:
        target, met = f"<= {at_most:g} times its time", value <= at_most
    if at_least is not None:
        target, met = f">= {at_least:g} times faster", value >= at_least
    ours, theirs = (median(times[name].wall) / 1e3 for name in ("thalweg", other))
    return Row(what, "ms", ours, theirs, value, [min(each), max(each)], target, met)


def facts() -> dict[str, str]:
    """The machine and the versions, in words."""
    packages = {"numpy": np, "scipy": scipy, "scikit-learn": sklearn, "mpmath": mpmath}
    try:
        others = {"dask": version("dask")}
    except PackageNotFoundError:
        others = {"dask": "none"}
    blas = "MKL in torch, OpenBLAS in NumPy and SciPy; one thread each"
    return machine() | {name: package.__version__ for name, package in packages.items()} | others | {"BLAS": blas}


def _columns() -> list[str]:
    return [
        f"{n} x {d}, {kappa:.0e}, {lam}" for n, d in ((40, 20), (20, 40)) for kappa in KAPPAS for lam in ("s^2", "0")
    ]


def _page(rows: list[Row], notes: list[str], doors: list[Door]) -> str:
    head = [
        "# Benchmarks of linear problems",
        "",
        "Written by `python benchmarks/linear.py`. float64, one thread. Only ratios count: candidates take turns, and a",
        "ratio is the median (smallest to largest) over rounds. Times are milliseconds, medians over rounds. Condition",
        "number 1000 unless said; singular values evenly spread in the logarithm; strengths likewise, from the square of",
        "the smallest singular value to that of the largest. Errors are relative, in the 2-norm.",
        "",
        f"Machine: {'; '.join(f'{name}: {value}' for name, value in facts().items())}.",
        "",
        "| what | ours | the other's | ratio | target | met |",
        "|---|---|---|---|---|---|",
    ]
    columns = _columns()
    table = [
        "## How right every door to ridge is",
        "",
        "Relative errors against 60 digits. Columns: shape, condition number, and the strength: the square of the smallest",
        "singular value, or none at all, which for wide matrices is the solution of least norm.",
        "",
        f"| door | {' | '.join(columns)} | right when |",
        "|---" * (len(columns) + 2) + "|",
        *(f"| {door.name} | {' | '.join(map(_short, door.errors))} | {door.right_when} |" for door in doors),
    ]
    return "\n".join([*head, *map(_line, rows), "", *(f"- {note}" for note in notes), "", *table]) + "\n"


def _short(error: float | str) -> str:
    return error if isinstance(error, str) else f"{error:.0e}"


def _line(row: Row) -> str:
    unit = " ms" if row.unit == "ms" else ""
    theirs = "" if row.theirs is None else f"{row.theirs:.3g}{unit}"
    spread = f" ({row.spread[0]:.3g} to {row.spread[1]:.3g})" if row.spread else ""
    times = "" if row.ratio is None else f"{row.ratio:.3g}{spread}"
    met = {None: "", True: "yes", False: "**no**"}[row.met]
    return f"| {row.what} | {row.ours:.3g}{unit} | {theirs} | {times} | {row.target} | {met} |"


if __name__ == "__main__":
    main()
