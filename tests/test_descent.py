import math

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from problems import least_squares, nearest_solution
from thalweg import descent, engine, losses
from thalweg import rows as rows_of_runs
from thalweg.descent import kept_moments, path, run
from thalweg.problem import Problem
from thalweg.rules import gd, momentum

tall = least_squares((7, 3), [3.0, 2.0, 1.0])
LR = 0.1


def shared_model(w, X):
    return X @ w


def other(problem, **change):
    parts = {"X": problem.X, "y": problem.y, "start": problem.start, "loss": problem.loss} | change
    return Problem(parts.get("model", shared_model), parts["X"], parts["y"], parts["start"], parts["loss"])


def with_shared_model():
    return other(tall())


@pytest.mark.parametrize("shape", [(7, 3), (3, 7), (4, 4)], ids=str)
def test_run_is_a_plain_loop(shape):
    problem = least_squares(shape, [2.0, 1.0, 0.5])()
    result = run(problem, lr=0.3, steps=20, keep=100)
    w = problem.start
    for t in range(21):
        torch.testing.assert_close(result.w[t, 0], w)
        torch.testing.assert_close(result.loss[t, 0], ((problem.X @ w - problem.y) ** 2).sum() / 2)
        torch.testing.assert_close(result.gradient[t, 0], problem.X.T @ (problem.X @ w - problem.y))
        w = w - 0.3 * problem.X.T @ (problem.X @ w - problem.y)
    assert result.t.tolist() == list(range(21))


@pytest.mark.parametrize("block", [2**20, 15, 1])
def test_run_with_minibatches_is_a_plain_loop(monkeypatch, block):
    """However many steps' minibatches are drawn at once: all, 7, or those of one step."""
    monkeypatch.setattr(rows_of_runs, "BLOCK", block)
    problem = tall()
    result = run(problem, lr=0.02, steps=30, batch=2, seed=5)
    points, w = torch.randint(7, (30, 2), generator=torch.Generator().manual_seed(5)), problem.start
    for drawn in points:
        X, y = problem.X[drawn], problem.y[drawn]
        w = w - 0.02 * 7 / 2 * X.T @ (X @ w - y)
    torch.testing.assert_close(result.final[0], w)


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize(("block", "keep", "together"), [(2**20, 200, 2048), (26, 3, 3)])
def test_rows_with_seeds_are_runs_alone(monkeypatch, block, keep, together, alone):
    """Of one problem or of several, in long blocks or short ones, whatever is kept, in chunks or at once."""
    problems = [with_shared_model()] if alone else [with_shared_model() for _ in range(5)]
    seeds, rates = [3, 1, 4, 1, 5], torch.tensor([0.02, 0.03, 0.01, 0.02, 1e3])
    single = [
        run(problems[row % len(problems)], lr=float(rates[row]), steps=31, batch=2, seed=seed, tolerance=0.1)
        for row, seed in enumerate(seeds)
    ]
    monkeypatch.setattr(rows_of_runs, "BLOCK", block)
    monkeypatch.setattr(descent, "ROWS_DRAWN", together)
    many = run(problems, lr=rates, steps=31, batch=2, seed=seeds, tolerance=0.1, keep=keep)
    torch.testing.assert_close(many.final, torch.cat([one.final for one in single]))
    assert many.updates.tolist() == [int(one.updates) for one in single]


def test_problems_alike_run_together():
    rows = [with_shared_model() for _ in range(3)]
    together = run(rows, lr=LR, steps=400, tolerance=1e-9)
    torch.testing.assert_close(together.final, torch.stack([nearest_solution(p) for p in rows]))
    torch.testing.assert_close(together.loss[0], torch.stack([((p.X @ p.start - p.y) ** 2).sum() / 2 for p in rows]))


def test_one_start_serves_many_learning_rates_and_the_other_way_round():
    problem, rates, starts = tall(), torch.tensor([0.05, 0.1, 0.2]), torch.randn(3, 3)
    many_rates = run(problem, lr=rates, steps=9, starts=starts[:1])
    torch.testing.assert_close(many_rates.final, run(problem, lr=rates, steps=9, starts=starts[:1].expand(3, 3)).final)
    many_starts = run(problem, lr=rates[:1], steps=9, starts=starts)
    torch.testing.assert_close(many_starts.final, run(problem, lr=0.05, steps=9, starts=starts).final)


def test_many_rows_in_chunks_are_the_same_rows():
    """More rows than a thread carries, in a number that no chunk divides."""
    torch.set_num_threads(2)
    problem, starts = tall(), torch.randn(1100, 3)
    rates = 0.01 + 0.15 * torch.rand(1100)
    result = run(problem, lr=rates, starts=starts, steps=12, tolerance=0.5)
    rows = torch.tensor([0, 511, 512, 1024, 1099])
    few = run(problem, lr=rates[rows], starts=starts[rows], steps=12, tolerance=0.5)
    torch.testing.assert_close(result.final[rows], few.final)
    assert torch.equal(result.updates[rows], few.updates)
    assert result.final.shape == (1100, 3)


def test_a_run_that_is_long_goes_on_compiled_from_where_it_is(monkeypatch):
    """A stand-in for the compiled loop, which tells where it begins: `test_engine` compares the loops themselves."""
    problem, began = tall(), []

    def stand_in(problem, rule, rows, state, fixed):
        began.append(int(state.updates.max()))
        return engine.Loop(engine.eager(problem, rule, rows), "compiled")

    eager = run(problem, lr=LR, steps=300)
    assert eager.engine == "eager", "it would not pay"
    monkeypatch.setattr(descent, "COMPILE_SECONDS", 0.0)
    monkeypatch.setattr(engine, "trusted", stand_in)
    result = run(problem, lr=LR, steps=300)
    assert result.engine == "compiled"
    assert [at >= descent.TIMED_STEPS for at in began] == [True], "once, when the cost of a step is known"
    torch.testing.assert_close(result.w, eager.w, rtol=0, atol=0)


def test_steps_count_the_last_look():
    problem = Problem(shared_model, torch.eye(1), torch.ones(1), torch.zeros(1), losses.squared())
    result = run(problem, lr=torch.tensor([1.0, 0.5]), steps=3, tolerance=1e-9)
    assert result.updates.tolist() == [1, 3]
    assert result.stopped.tolist() == [True, False]
    assert result.steps.tolist() == [2, 3]
    again = run(problem, lr=1.0, steps=9, tolerance=1e-9, starts=torch.ones(1, 1))
    assert again.steps.tolist() == [1]
    assert again.t.tolist() == [0]


def test_path_ends_with_its_own_row():
    result = run(tall(), lr=torch.tensor([0.2, 0.02]), steps=100, tolerance=1e-3, keep=200)
    for row in range(2):
        t, w = path(result, row)
        assert t.tolist() == list(range(int(result.updates[row]) + 1))
        torch.testing.assert_close(w, result.w[: len(t), row])


@given(steps=st.integers(1, 10**9), keep=st.integers(2, 600))
@example(steps=1000, keep=2)
def test_kept_moments_span_the_run(steps, keep):
    t = kept_moments(steps, keep)
    assert int(t[0]) == 0
    assert int(t[-1]) == steps, "the last is included"
    assert (t.diff() > 0).all()
    assert len(t) <= max(keep, 2)


def test_kept_moments_do_not_depend_on_the_default_type():
    torch.set_default_dtype(torch.float32)
    assert int(kept_moments(9_999_991, 50)[-1]) == 9_999_991


@pytest.mark.parametrize("keep", [2, 3, 5])
def test_few_kept_moments_do_not_shorten_the_run(keep):
    result = run(tall(), lr=LR, steps=40, keep=keep)
    assert result.updates.tolist() == [40]


def test_a_run_goes_on_in_float32():
    problem = tall()
    single = other(problem, X=problem.X.float(), y=problem.y.float(), start=problem.start.float())
    result = run(single, lr=LR, steps=40)
    assert result.w.dtype == torch.float32
    torch.testing.assert_close(result.final.double(), run(problem, lr=LR, steps=40).final, rtol=1e-4, atol=1e-5)


def test_report_rises_to_one():
    shares = []
    run(tall(), lr=LR, steps=40, report=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert shares[0] < 0.1


def test_xarray_holds_the_run():
    result = run(tall(), lr=torch.tensor([0.1, 0.2]), steps=9)
    data = result.to_xarray()
    assert data["w"].dims == ("t", "run", "parameter")
    assert data["parameter"].values.tolist() == ["w[0]", "w[1]", "w[2]"]
    torch.testing.assert_close(torch.tensor(data["w"].sel(parameter="w[1]").values), result.w[:, :, 1])
    torch.testing.assert_close(torch.tensor(data["loss"].values), result.loss)
    assert data["outcome"].values.tolist() == [o.words for o in result.outcome]


@settings(max_examples=15)
@given(lr=st.floats(0.001, 0.19), beta=st.floats(0, 0.9))
def test_a_perfect_fit_is_never_left(lr, beta):
    problem = tall()
    fitted = other(problem, y=problem.X @ problem.start)
    result = run(fitted, lr=lr, steps=5, rule=momentum(beta))
    torch.testing.assert_close(result.final[0], problem.start)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "run: need a whole number of steps from 1 to 10\\^9, got 0"),
        ({"tolerance": -1.0}, "run: need a finite tolerance >= 0, got -1"),
        ({"tolerance": math.nan}, "run: need a finite tolerance >= 0, got nan"),
        ({"batch": 0}, "run: need at least one point in a minibatch, got 0"),
        ({"batch": 2**27 + 1}, "run: need at most 1e\\+08 points at a step, got 1 times 134217729"),
        ({"seed": [1, 2]}, "run: need one seed, or one for each of 1 rows, got 2"),
        ({"seed": [1], "lr": torch.full((2,), LR)}, "run: need one seed, or one for each of 2 rows, got 1"),
        ({"keep": 1}, "run: need at least 2 kept moments, the first and the last, got 1"),
        ({"lr": 0.0}, "run: need positive, finite learning rates, got \\[0.0\\]"),
        ({"lr": math.nan}, "run: need positive, finite learning rates, got \\[nan\\]"),
        ({"lr": torch.zeros(0)}, "run: need positive, finite learning rates, got \\[\\]"),
        ({"starts": torch.zeros(1, 2)}, "run: need finite starts of 3 parameters, got shape \\(1, 2\\)"),
        ({"starts": torch.full((1, 3), math.inf)}, "run: need finite starts of 3 parameters"),
        (
            {"steps": 10**4, "keep": 10**5, "starts": torch.zeros(2**14, 3)},
            "run: need at most 1e\\+08 numbers to keep.*ask for fewer with keep=",
        ),
    ],
)
def test_run_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        run(**({"problem": tall(), "lr": LR, "steps": 9} | change))


def test_run_refuses_rows_that_do_not_match():
    first, second = with_shared_model(), with_shared_model()
    with pytest.raises(ValueError, match="run: need as many starts as learning rates and problems, got \\[2, 3\\]"):
        run([first, second], lr=torch.full((3,), LR), steps=9)
    with pytest.raises(
        ValueError, match="run: need problems that share their model, loss and ridge, got two that differ"
    ):
        run([first, tall()], lr=LR, steps=9)
    with pytest.raises(
        ValueError, match="run: need problems that share their model, loss and ridge, got two that differ"
    ):
        run([first, other(second, loss=losses.squared(0.5))], lr=LR, steps=9)
    with pytest.raises(ValueError, match="run: need data of one shape, got \\(7, 3\\) and \\(6, 3\\)"):
        run([first, other(second, X=second.X[:6], y=second.y[:6])], lr=LR, steps=9)
    with pytest.raises(ValueError, match="run: need"):
        run([], lr=LR, steps=9)


def test_run_refuses_starts_below_the_bound():
    problem = Problem(shared_model, torch.eye(2), torch.ones(2), torch.ones(2), losses.squared(), lower=0.0)
    with pytest.raises(ValueError, match="run: need starts above 0, got -1"):
        run(problem, lr=LR, steps=9, starts=-torch.ones(1, 2), rule=gd())


def noisy(rows, **changes):
    problem = least_squares((5, 2), [2.0, 1.0], c=1 / 5)()
    given = {"lr": 0.1, "steps": 8, "noise_std": 0.5, "starts": problem.start.expand(rows, -1)} | changes
    return problem, run(problem, **given)


def test_noise_is_drawn_anew_for_every_row_and_step_and_comes_again_with_its_seed():
    problem, one = noisy(3)
    torch.manual_seed(0)
    torch.testing.assert_close(one.w, noisy(3)[1].w, rtol=0, atol=0)
    torch.manual_seed(0)
    assert (noisy(3, seed=1)[1].w[1:] != one.w[1:]).all()
    assert (one.w[1:, 0] != one.w[1:, 1]).all()
    X, y, w = problem.X, problem.y, one.w[:, 0]
    draw = torch.randn(3, 5, 2, generator=torch.Generator().manual_seed(0))[0]
    first = X + 0.5 * draw
    torch.testing.assert_close(w[1], w[0] - 0.1 / 5 * first.T @ (first @ w[0] - y))
    torch.testing.assert_close(one.loss[0, 0], (X @ w[0] - y).square().sum() / 10)  # of the clean inputs


def test_noise_leaves_the_gradient_of_a_ridge_on_average():
    problem, result = noisy(200_000, steps=1, keep=2)
    X, y, w = problem.X, problem.y, problem.start
    ridge = (X.T @ (X @ w - y) + 5 * 0.5**2 * w) / 5
    step = (w - result.final.mean(0)) / 0.1
    spread = result.final.std(0) / 0.1 / 200_000**0.5
    assert ((step - ridge).abs() < 5 * spread).all()


def test_noise_and_minibatches_go_together():
    _, result = noisy(4, batch=2, rule=momentum(0.5))
    assert result.engine == "eager"
    assert result.w.isfinite().all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"noise_std": -1.0}, "run: need a finite noise_std >= 0, got -1"),
        ({"noise_std": math.inf}, "run: need a finite noise_std >= 0, got inf"),
        ({"seed": [0, 1]}, "run: need one seed with noise, which is drawn anew for every row anyway, got 2"),
        ({"choice": "compiled"}, 'run: need choice "auto" or "eager" with noise'),
    ],
)
def test_noise_refuses(changes, message):
    with pytest.raises(ValueError, match=message):
        noisy(2, **changes)
