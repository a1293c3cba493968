// One learning rate, all singular values: how fast each mode's error shrinks, its path, and the point among contour lines.

// What a step multiplies the error of a mode by.
export const stepFactor = (lr, c, sigma) => 1 - lr * c * sigma * sigma;

// The rates that the largest and the smallest singular value decide.
export const marks = (c, sigma) => {
  const large = Math.max(...sigma), small = Math.min(...sigma);
  return {first: 1 / (c * large ** 2), best: 2 / (c * (large ** 2 + small ** 2)), limit: 2 / (c * large ** 2)};
};

// The error of a mode at steps 0 to `steps`.
export const errors = (start, factor, steps) => Array.from({length: steps + 1}, (_, t) => start * factor ** t);

// What happens at a rate, in a sentence.
export const verdict = (lr, c, sigma) => {
  const factors = sigma.map(each => Math.abs(stepFactor(lr, c, each))), slowest = Math.max(...factors);
  if (lr <= 0) return "At lr 0 nothing moves.";
  if (slowest > 1) return `Beyond the limit: the error of σ = ${short(Math.max(...sigma))} grows ${short(slowest)} times a step. It diverges.`;
  if (slowest === 1) return "At the limit the largest σ jumps from side to side for ever.";
  const which = sigma[factors.indexOf(slowest)], count = Math.ceil(Math.log(0.01) / Math.log(slowest));
  return `The slowest mode is σ = ${short(which)}: |ρ| = ${short(slowest, 4)}, one hundredth of its error after ${count} steps.`;
};

export default {
  render({model, el}) {
    const frame = explorable(model, el);
    const rates = panel(frame, "How much of each error a step leaves");
    const paths = panel(frame, "The error of each mode");
    const valley = panel(frame, "The point among contour lines");
    let state = {}, drawn, playing = 0;
    const read = () => { state = Object.fromEntries(["lr", "c", "sigma", "start", "steps", "shown"].map(name => [name, model.get(name)])); };
    read();
    const top = () => 1.25 * marks(state.c, state.sigma).limit;
    const set = values => {
      Object.assign(state, values);
      state.lr = Math.min(state.lr, top());
      frame.send({lr: state.lr, sigma: state.sigma, shown: state.shown});
      show();
    };
    const speed = slider(frame, {label: "learning rate lr", low: 0, high: top(), value: state.lr, change: lr => set({lr})});
    const large = slider(frame, {label: "largest σ", low: 0.5, high: 5, value: state.sigma[0], step: 0.01,
      change: value => set({sigma: [value, ...state.sigma.slice(1).map(each => Math.min(each, value))]})});
    const last = state.sigma.length - 1;
    const small = slider(frame, {label: "smallest σ", low: 0.1, high: 5, value: state.sigma[last], step: 0.01,
      change: value => set({sigma: [...state.sigma.slice(0, -1).map(each => Math.max(each, value)), value]})});
    const moment = slider(frame, {label: "steps shown", low: 1, high: state.steps, value: state.shown, step: 1,
      change: shown => { play(false); set({shown}); }});
    const play = on => {
      clearInterval(playing);
      playing = on ? setInterval(() => { state.shown < state.steps ? set({shown: state.shown + 1}) : play(false); }, 90) : 0;
      player.textContent = on ? "pause" : "play the steps";
    };
    const player = button(frame, "play the steps", () => {
      if (!playing && state.shown >= state.steps) set({shown: 1});
      play(!playing);
    });
    const show = () => {
      Object.assign(speed.input, {max: top(), step: top() / 500});
      speed.show(state.lr);
      large.show(state.sigma[0]);
      small.show(state.sigma[last]);
      moment.show(state.shown);
      frame.say(verdict(state.lr, state.c, state.sigma));
      frame.redraw();
    };
    const name = each => `σ = ${short(each)}`;
    const legend = () => state.sigma.map((each, i) => [name(each), TURNS[i % TURNS.length]]);

    const drawRates = () => {
      const {first, best, limit} = marks(state.c, state.sigma), high = top();
      drawn = plane(rates, {x: [0, high], y: [0, 1.5], xName: "learning rate lr", yName: "|ρ|, error left after a step"});
      drawn.area(limit, high, 0, 1.5, "red");
      drawn.level(1, "ink", "dash", 1);
      for (const [value, words] of [[first, "1/(cσ₁²)"], [best, "best"], [limit, "limit"]]) {
        drawn.upright(value, "grey", "dot", 1.5);
        drawn.text(words, value, words === "best" ? 1.33 : 1.43, value > 0.8 * high ? "right" : "center");
      }
      const grid = Array.from({length: 201}, (_, i) => high * i / 200);
      state.sigma.forEach((each, i) => {
        const colour = TURNS[i % TURNS.length];
        drawn.line(grid, grid.map(lr => Math.abs(stepFactor(lr, state.c, each))), colour);
        drawn.dots([state.lr], [Math.abs(stepFactor(state.lr, state.c, each))], colour, 5);
      });
      drawn.upright(state.lr, "ink", "", 2);
      rates.legend(legend());
      rates.words(`curves of |1 − lr c σ²| for ${state.sigma.map(name).join(", ")}; the limit is ${short(limit)}, the best rate ${short(best)}, chosen is ${short(state.lr)}`);
    };
    const drawPaths = () => {
      const all = state.sigma.map((each, i) => errors(state.start[i], stepFactor(state.lr, state.c, each), state.shown).map(Math.abs));
      const on = plane(paths, {x: [0, Math.max(5, state.shown)], y: [1e-6, 1e3], yLog: true, xName: "step t", yName: "|error| of the mode"});
      const t = all[0].map((_, i) => i);
      all.forEach((values, i) => {
        on.line(t, values, TURNS[i % TURNS.length]);
        on.dots([state.shown], [values[state.shown]], TURNS[i % TURNS.length], 4);
      });
      paths.legend(legend());
      paths.words(`the error of every mode over ${state.shown} steps, on a logarithmic scale`);
    };
    const drawValley = () => {
      const ends = [0, last], [a, b] = ends.map(i => state.sigma[i]), [p, q] = ends.map(i => state.start[i]);
      const reach = 1.35 * Math.max(Math.abs(p), Math.abs(q));
      const on = plane(valley, {x: [-reach, reach], y: [-reach, reach], square: true, xName: `error along σ = ${short(a)}`, yName: `error along σ = ${short(b)}`});
      const turn = Array.from({length: 97}, (_, i) => 2 * Math.PI * i / 96);
      for (const size of [0.25, 0.5, 1, 1.6, 2.4].map(each => each * reach * a)) {
        on.line(turn.map(angle => size / a * Math.cos(angle)), turn.map(angle => size / b * Math.sin(angle)), "rgba(128,128,128,.55)", 1);
      }
      const path = ends.map(i => errors(state.start[i], stepFactor(state.lr, state.c, state.sigma[i]), state.shown));
      on.line(path[0], path[1], "blue", 1.5);
      on.dots(path[0], path[1], "blue", 2.5);
      on.dots([0], [0], "green", 5, true);
      on.dots([path[0].at(-1)], [path[1].at(-1)], "orange", 6);
      valley.legend([["path of descent", "blue"], ["minimum", "green", "dot"], [`after ${state.shown} steps`, "orange"]]);
      valley.words(`the path of the errors of the largest and the smallest σ from (${short(p)}, ${short(q)}), among ellipses of equal loss`);
    };
    draggable(rates, () => drawn, lr => set({lr: Math.max(0, Math.min(top(), lr))}));
    frame.onDraw(() => { drawRates(); drawPaths(); drawValley(); });
    for (const each of ["lr", "c", "sigma", "start", "steps"]) model.on(`change:${each}`, () => { if (JSON.stringify(model.get(each)) !== JSON.stringify(state[each])) { read(); show(); } });
    show();
    return () => { play(false); frame.close(); };
  },
};
