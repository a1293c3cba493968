// One learning rate, all singular values: how fast each mode's error shrinks, its path, and the point among contour lines.
// Python tells SIZES and GOALS, ends of what can be chosen, REACH, how far from the minimum the start may stand, and BEYOND.
const WINDOW = 2;  // How far the valley is seen.
const LOSSES = [[1, "half sum, c = 1"], [2, "sum, c = 2"]];

// What a step multiplies the error of a mode by.
export const stepFactor = (lr, c, sigma) => 1 - lr * c * sigma * sigma;

// The rates that the largest and the smallest singular value decide.
export const marks = (c, sigma) => {
  const large = Math.max(...sigma), small = Math.min(...sigma);
  return {first: 1 / (c * large ** 2), best: 2 / (c * (large ** 2 + small ** 2)), limit: 2 / (c * large ** 2)};
};

// The largest rate that can be chosen: so much beyond the limit.
export const top = (c, sigma) => BEYOND * marks(c, sigma).limit;

// Singular values, descending, of which one is changed: the ends push the others along, those in between stay between them.
export const changed = (sigma, place, value) => {
  const last = sigma.length - 1, isEnd = place === 0 || place === last;
  const to = isEnd ? value : Math.max(sigma[last], Math.min(sigma[0], value));
  return sigma.map((each, i) => i === place ? to : !isEnd ? each : place === 0 ? Math.min(each, to) : Math.max(each, to));
};

// The error of a mode at steps 0 to `steps`.
export const errors = (start, factor, steps) => Array.from({length: steps + 1}, (_, t) => start * factor ** t);

// Steps until a share eps of an error is left.
export const stepsTo = (factor, eps) => Math.max(1, Math.ceil(Math.log(eps) / Math.log(Math.abs(factor)) - 1e-9));

// A path as far as it stays within a window: where it is there, and the step at which it has left and where it crosses the border.
export const within = (px, py, [[left, right], [low, high]]) => {
  const out = px.findIndex((x, t) => !(x >= left && x <= right && py[t] >= low && py[t] <= high));
  if (out < 1) return {px: out ? px : [], py: out ? py : [], out};
  const [x, y] = [px[out - 1], py[out - 1]], [dx, dy] = [px[out] - x, py[out] - y];
  const room = (from, way, [least, most]) => way === 0 ? Infinity : ((way > 0 ? most : least) - from) / way;
  const part = Math.min(1, room(x, dx, [left, right]), room(y, dy, [low, high]));
  return {px: px.slice(0, out), py: py.slice(0, out), out, border: [x + part * dx, y + part * dy]};
};

// What happens at a rate, in a sentence.
export const verdict = (lr, c, sigma, eps = 0.01) => {
  const factors = sigma.map(each => Math.abs(stepFactor(lr, c, each))), slowest = Math.max(...factors);
  if (lr <= 0) return "At lr 0 nothing moves.";
  const digits = Math.min(12, Math.max(3, 1 + Math.ceil(-Math.log10(Math.abs(slowest - 1) || 1))));  // So many that it is not 1.
  if (slowest > 1) {
    return `Beyond the limit: the error of σ = ${short(Math.max(...sigma))} grows ${short(slowest, digits)} times a step. It diverges.`;
  }
  if (slowest === 1) return "At the limit the largest σ jumps from side to side for ever.";
  const which = sigma[factors.indexOf(slowest)];
  const goal = `at most ${short(eps)} of its error after ${count(stepsTo(slowest, eps))} steps`;
  return `The slowest mode is σ = ${short(which)}: |ρ| = ${short(slowest, 4)}, ${goal}.`;
};

const colourOf = i => TURNS[i % TURNS.length];
const nameOf = each => `σ = ${short(each)}`;

const drawRates = (board, {lr, c, sigma}) => {
  const {first, best, limit} = marks(c, sigma), high = top(c, sigma), rho = (each, rate) => Math.abs(stepFactor(rate, c, each));
  const on = plane(board, {x: [0, high], y: [0, 1.5], xName: "learning rate lr", yName: "|ρ|, error left after a step"});
  on.area(limit, high, 0, 1.5, "red");
  on.level(1, "ink", "dash", 1);
  on.upright(first, "grey", "dot", 2);
  on.upright(best, "green", "dot", 2.5);
  on.upright(limit, "orange", "dash", 2.5);
  on.upright(lr, "ink", "", 2);
  const grid = Array.from({length: 201}, (_, i) => high * i / 200);
  sigma.forEach((each, i) => {
    on.line(grid, grid.map(rate => rho(each, rate)), colourOf(i));
    on.dots([lr], [rho(each, lr)], colourOf(i), 5);
  });
  board.legend([...sigma.map((each, i) => [nameOf(each), colourOf(i)]), [`limit ${short(limit)}`, "orange", "dash"],
    [`best ${short(best)}`, "green", "dot"], [`1/(cσ₁²) = ${short(first)}`, "grey", "dot"]]);
  const now = sigma.map(each => `${short(rho(each, lr))} of ${nameOf(each)}`).join(", ");
  board.words(`at lr ${short(lr)} a step leaves ${now}; c is ${short(c)}, the limit ${short(limit)}, the best rate ${short(best)}`);
  return on;
};

const drawPaths = (board, {lr, c, sigma, start, shown}) => {
  const all = sigma.map((each, i) => errors(start[i], stepFactor(lr, c, each), shown).map(Math.abs));
  const on = plane(board, {x: [0, Math.max(5, shown)], y: [1e-6, 1e3], yLog: true, xName: "step t", yName: "|error| of the mode"});
  all.forEach((values, i) => {
    on.line(values.map((_, t) => t), values, colourOf(i));
    on.dots([shown], [values[shown]], colourOf(i), 4);
  });
  board.legend(sigma.map((each, i) => [nameOf(each), colourOf(i)]));
  const now = sigma.map((each, i) => `${nameOf(each)} from ${short(all[i][0])} to ${short(all[i][shown])}`).join(", ");
  board.words(`errors over ${shown} steps, on a logarithmic scale: ${now}`);
};

const drawValley = (board, {lr, c, sigma, start, shown}) => {
  const ends = [0, sigma.length - 1], [a, b] = ends.map(i => sigma[i]), [p, q] = ends.map(i => start[i]);
  const on = plane(board, {x: [-WINDOW, WINDOW], y: [-WINDOW, WINDOW], square: true, xName: `error along σ = ${short(a)}`, yName: `error along σ = ${short(b)}`});
  const turn = Array.from({length: 97}, (_, i) => 2 * Math.PI * i / 96);
  for (const size of [0.25, 0.5, 1, 1.6, 2.4].map(each => each * WINDOW * a)) {
    on.line(turn.map(angle => size / a * Math.cos(angle)), turn.map(angle => size / b * Math.sin(angle)), "rgba(128,128,128,.55)", 1);
  }
  const way = within(...ends.map(i => errors(start[i], stepFactor(lr, c, sigma[i]), shown)), [on.x, on.y]), {px, py, out, border} = way;
  on.line(px, py, "ink", 1.5);
  on.dots(px, py, "ink", 2.5);
  on.dots([0], [0], "green", 5, true);
  on.dots([p], [q], "ink", 7, true);
  if (border) on.arrow(px.at(-1), py.at(-1), ...border, "orange", 3);
  else on.dots([px.at(-1)], [py.at(-1)], "orange", 6);
  const end = border ? `leaves at step ${out}` : `after ${shown} steps`;
  board.legend([["start: drag it", "ink", "ring"], ["descent", "ink"], [end, "orange", border ? "" : "disc"], ["minimum", "green", "ring"]]);
  const where = border ? `leaves the picture at step ${out}` : `is at (${short(px.at(-1))}, ${short(py.at(-1))}) after ${shown} steps`;
  board.words(`errors of σ = ${short(a)} and ${short(b)} among ellipses of equal loss: the point starts at (${short(p)}, ${short(q)}) and ${where}`);
  return on;
};

export default {
  render({model, el}) {
    const frame = explorable(model, el), names = ["lr", "c", "sigma", "start", "steps", "shown", "eps"];
    const rates = panel(frame, "How much of each error a step leaves");
    const paths = panel(frame, "The error of each mode");
    const valley = panel(frame, "The point among contour lines");
    let state = {}, drawn = {}, playing = 0;
    const read = () => { state = Object.fromEntries(names.map(name => [name, model.get(name)])); };
    read();
    const most = () => top(state.c, state.sigma), last = state.sigma.length - 1;
    const set = values => {
      const lr = values.lr ?? state.lr;
      Object.assign(state, values);
      state.lr = Math.max(0, Math.min(lr, most()));
      frame.send({...values, lr: state.lr});
      show();
    };
    const held = value => Math.max(-REACH, Math.min(REACH, value));
    const speed = slider(frame, {label: "learning rate lr", low: 0, high: most(), value: state.lr, change: lr => set({lr})});
    const sizes = state.sigma.map((value, i) => slider(frame, {low: SIZES[0], high: SIZES[1], step: 0.01, value,
      label: i === 0 ? "largest σ" : i === last ? "smallest σ" : "σ in between",
      change: to => set({sigma: changed(state.sigma, i, to)})}));
    const begins = [...new Set([0, last])].map(i => slider(frame, {label: i ? "start, smallest σ" : "start, largest σ",
      low: -REACH, high: REACH, value: state.start[i], step: 0.05, change: to => set({start: state.start.with(i, to)})}));
    const moment = slider(frame, {label: "steps shown", low: 1, high: state.steps, value: state.shown, step: 1,
      change: shown => { play(false); set({shown}); }});
    const goal = slider(frame, {label: "goal ε: share of the error", low: GOALS[0], high: GOALS[1], value: state.eps, log: true,
      change: eps => set({eps})});
    const loss = choice(frame, {label: "loss c/2 · ‖Xw − y‖²", options: LOSSES, value: state.c, change: c => set({c})});
    // While it plays, nobody is told of every step.
    const play = on => {
      if (playing && !on) frame.send({shown: state.shown});
      clearInterval(playing);
      playing = on ? setInterval(() => { if (state.shown < state.steps) { state.shown += 1; show(); } else play(false); }, 90) : 0;
      player.textContent = on ? "pause" : "play the steps";
    };
    const player = button(frame, "play the steps", () => {
      if (!playing && state.shown >= state.steps) state.shown = 1;
      play(!playing);
    });
    const show = () => {
      Object.assign(speed.input, {max: most(), step: most() / 500});
      speed.show(state.lr);
      sizes.forEach((each, i) => each.show(state.sigma[i]));
      begins.forEach((each, i) => each.show(state.start[i ? last : 0]));
      moment.show(state.shown);
      goal.show(state.eps);
      loss.show(state.c);
      frame.say(verdict(state.lr, state.c, state.sigma, state.eps));
      frame.redraw();
    };
    draggable(rates, () => drawn.rates, lr => set({lr}));
    rates.canvas.style.touchAction = "pan-y";  // A finger that goes up or down here scrolls the page.
    draggable(valley, () => drawn.valley, (px, py) => set({start: state.start.map((each, i) => i === 0 ? held(px) : i === last ? held(py) : each)}));
    frame.onDraw(() => {
      drawn = {rates: drawRates(rates, state), valley: drawValley(valley, state)};
      drawPaths(paths, state);
    });
    for (const each of names.slice(0, 5)) model.on(`change:${each}`, () => { if (JSON.stringify(model.get(each)) !== JSON.stringify(state[each])) { read(); show(); } });
    show();
    return () => { play(false); frame.close(); };
  },
};
