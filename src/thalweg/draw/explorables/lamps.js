// Four resistors found by hand: drag the cut-offs of three filters until the lamps are right; who pulls at them, and where to.
// Each resistor: what it is called, whose lamp it decides, and whether more of it lowers or raises the gain of its stage.
// Python tells LOW and HIGH, ends of them all, and MOST_DEMAND.
const RESISTORS = [["low pass", 0, -1], ["band's low pass", 1, -1], ["band's high pass", 1, 1], ["high pass", 2, 1]];

// The gain of every resistor's stage at a frequency, and the three filters' gains that they make.
export const stages = (ohm, hz, farad) => ohm.map((R, i) => {
  const u = 2 * Math.PI * hz * R * farad, low = 1 / Math.sqrt(1 + u * u);
  return RESISTORS[i][2] < 0 ? low : u * low;
});
export const gains = (ohm, hz, farad) => {
  const [low, bandLow, bandHigh, high] = stages(ohm, hz, farad);
  return [low, bandLow * bandHigh, high];
};
export const lit = (ohm, hz, farad) => gains(ohm, hz, farad).map(each => each > ON);

// How many lamps of the first `count` filters are right at these tones.
export const score = (ohm, desired, tones, farad, count) => tones.reduce((sum, hz) => {
  const wanted = lit(desired, hz, farad), yours = lit(ohm, hz, farad);
  return sum + LAMPS.slice(0, count).filter((_, i) => wanted[i] === yours[i]).length;
}, 0);

// Evenly spread over the decades from 1 Hz to 1 MHz: what descent learns from.
export const grid = (points = 1000) => Array.from({length: points}, (_, i) => 10 ** (6 * (i + 0.5) / points));

// What a lamp pulls at every ln R with: the derivative of its cost (gain - target)^2, so that a positive one makes R smaller.
export const pulls = (ohm, desired, hz, demand, farad) => {
  const each = stages(ohm, hz, farad), gain = gains(ohm, hz, farad), wanted = lit(desired, hz, farad);
  return RESISTORS.map(([, lamp, sign], k) => {
    const target = wanted[lamp] ? 1 : demand;
    return 2 * (gain[lamp] - target) * sign * gain[lamp] * (1 - each[k] ** 2);
  });
};

// All pulls at one resistor together, for each decade of frequencies.
export const net = (ohm, desired, demand, farad, which) =>
  0.006 * grid().reduce((sum, hz) => sum + pulls(ohm, desired, hz, demand, farad)[which], 0);

// Where all pulls balance: steps of Gauss and Newton in log R, shortened so that none overshoots, in a loop without arrays.
export const settle = (desired, demand, farad, start = desired) => {
  const hz = grid(), targets = hz.map(f => lit(desired, f, farad).map(on => on ? 1 : demand));
  const log = start.map(Math.log);
  for (let round = 0; round < 200; round++) {
    const [a, b, c, d] = log.map(each => (2 * Math.PI * farad * Math.exp(each)) ** 2);
    let g0 = 0, g1 = 0, g2 = 0, g3 = 0, h00 = 0, h11 = 0, h12 = 0, h22 = 0, h33 = 0;
    for (let i = 0; i < hz.length; i++) {  // With p the power that a low-pass stage lets through, a high-pass stage lets 1 - p.
      const f = hz[i] ** 2, p = 1 / (1 + a * f), q = 1 / (1 + b * f), r = 1 / (1 + c * f), s = 1 / (1 + d * f), target = targets[i];
      const low = Math.sqrt(p), band = Math.sqrt(q * (1 - r)), high = Math.sqrt(1 - s);
      const s0 = -low * (1 - p), s1 = -band * (1 - q), s2 = band * r, s3 = high * s;
      g0 += (low - target[0]) * s0;
      g1 += (band - target[1]) * s1;
      g2 += (band - target[1]) * s2;
      g3 += (high - target[2]) * s3;
      h00 += s0 * s0;
      h11 += s1 * s1;
      h12 += s1 * s2;
      h22 += s2 * s2;
      h33 += s3 * s3;
    }
    const whole = h11 * h22 - h12 * h12;
    const step = [g0 / h00, (h22 * g1 - h12 * g2) / whole, (h11 * g2 - h12 * g1) / whole, g3 / h33];
    step.forEach((each, k) => { log[k] -= 0.6 * Math.max(-0.5, Math.min(0.5, each)); });
    if (step.every(each => Math.abs(each) < 1e-8)) break;
  }
  return log.map(Math.exp);
};

// A table of lamps: filled is on, hollow is off, framed is wrong. `show` takes the tones and, a filter, what is wanted and yours.
const lampTable = (frame, title) => {
  const figure = make("figure", frame.panels, {className: "lamps"});
  make("figcaption", figure, {textContent: title});
  const legend = make("div", figure, {className: "legend"}), table = make("table", figure);
  for (const [kind, told] of [["on", "on"], ["off", "off: hollow"], ["off wrong", "wrong: framed"]]) {
    make("i", make("span", legend), {className: `lamp ${kind}`}).after(told);
  }
  let key = "", cells = [];
  const build = (tones, names) => {
    const head = make("tr", make("thead", null));
    make("th", head, {textContent: "Hz", scope: "col"});
    for (const hz of tones) make("span", make("th", head, {scope: "col"}), {textContent: short(hz)});
    const body = make("tbody", null);
    cells = names.map(([name, colour]) => ["wanted", "yours"].map(who => {
      const row = make("tr", body);
      make("th", row, {textContent: names.length > 1 ? `${name}, ${who}` : who, scope: "row"});
      return tones.map(() => {
        const lamp = make("i", make("td", row));
        lamp.style.setProperty("--lamp", COLOURS[colour]);
        lamp.setAttribute("role", "img");
        return lamp;
      });
    }));
    table.replaceChildren(head.parentNode, body);
  };
  return (tones, rows) => {
    const names = rows.map(([name, colour]) => [name, colour]), now = JSON.stringify([tones, names]);
    if (now !== key) [key] = [now, build(tones, names)];
    rows.forEach(([,, wanted, yours], i) => [wanted, yours].forEach((row, who) => row.forEach((on, place) => {
      const wrong = who && on !== wanted[place], kind = `lamp ${on ? "on" : "off"}${wrong ? " wrong" : ""}`;
      const lamp = cells[i][who][place];
      if (lamp.className === kind) return;
      lamp.className = kind;
      lamp.setAttribute("aria-label", `${on ? "on" : "off"}${wrong ? ", wrong" : ""}`);
    })));
  };
};

export default {
  render({model, el}) {
    const HZ = [10, 5e4];
    const frame = explorable(model, el);
    const curves = panel(frame, "Gain of your filters: drag a cut-off"), showLamps = lampTable(frame, "Lamps: wanted, and yours");
    const war = panel(frame, "Tug of war: who pulls at R");
    const names = ["ohm", "demand", "all", "revealed", "desired", "farad", "tones", "tones_all"];
    let state = {}, drawn, chosen = 0, learned, key = "";
    const read = () => { state = Object.fromEntries(names.map(name => [name, model.get(name)])); };
    read();
    const count = () => state.all ? 3 : 1, tones = () => state.all ? state.tones_all : state.tones;
    const used = () => state.all ? [0, 1, 2, 3] : [0];
    const set = values => {
      Object.assign(state, values);
      frame.send({ohm: state.ohm, demand: state.demand, all: state.all, revealed: state.revealed});
      show();
    };
    const turn = (k, value) => {
      chosen = k;
      set({ohm: state.ohm.map((R, i) => i === k ? Math.max(LOW, Math.min(HIGH, value)) : R)});
    };
    const first = make("div", frame.controls), others = make("div", frame.controls);
    const knobs = RESISTORS.map(([name], k) => slider({controls: k ? others : first}, {label: `R, ${name}`, low: LOW, high: HIGH,
      value: state.ohm[k], log: true, format: each => `${short(each, 4)} ohm`, change: value => turn(k, value)}));
    first.style.display = "contents";
    const demanded = slider(frame, {label: "a: gain an off lamp demands", low: 0, high: MOST_DEMAND, value: state.demand,
      step: 0.005, change: demand => set({demand})});
    demanded.input.addEventListener("change", () => frame.send({rest: state.demand}));  // What takes long waits until it is let go.
    const revealer = button(frame, "", () => set({revealed: !state.revealed}));
    const widener = button(frame, "", () => { chosen = 0; set({all: !state.all}); });
    const sentence = () => {
      const most = count() * tones().length, right = score(state.ohm, state.desired, tones(), state.farad, count());
      const told = used().map(k => `${RESISTORS[k][0]}: yours ${short(state.ohm[k], 4)}, descent ${short(learned[k], 4)} ohm`);
      const more = state.revealed ? ` R of the ${told.join("; ")}.` : right === most ? " Reveal what descent would take." : "";
      return `${right} of ${most} lamps are right.${more}`;
    };
    const show = () => {
      const now = JSON.stringify([state.desired, state.demand, state.farad]);
      if (now !== key) [key, learned] = [now, settle(state.desired, state.demand, state.farad, learned)];
      knobs.forEach((knob, k) => knob.show(state.ohm[k]));
      others.style.display = state.all ? "contents" : "none";
      demanded.show(state.demand);
      revealer.textContent = state.revealed ? "hide what descent learns" : "reveal what descent learns";
      widener.textContent = state.all ? "only the low pass" : "all four resistors";
      frame.say(sentence());
      frame.redraw();
    };
    const over = Array.from({length: 161}, (_, i) => HZ[0] * (HZ[1] / HZ[0]) ** (i / 160));
    const drawCurves = () => {
      drawn = plane(curves, {x: HZ, y: [0, 1.05], xLog: true, xName: "frequency (Hz)", yName: "gain"});
      drawn.level(ON, "purple", "dash", 1.5);
      const mine = over.map(hz => gains(state.ohm, hz, state.farad)), theirs = over.map(hz => gains(learned, hz, state.farad));
      LAMPS.slice(0, count()).forEach(([,, colour], i) => {
        drawn.context.globalAlpha = 0.5;
        if (state.revealed) drawn.line(over, theirs.map(each => each[i]), colour, 6, "dash");
        drawn.context.globalAlpha = 1;
        drawn.line(over, mine.map(each => each[i]), colour, 2.5);
      });
      for (const k of used()) {
        const hz = cutoff(state.ohm[k], state.farad), [, lamp] = RESISTORS[k], [,, colour] = LAMPS[lamp];
        drawn.upright(hz, colour, "dot", k === chosen ? 2.5 : 1.5);
        drawn.dots([hz], [gains(state.ohm, hz, state.farad)[lamp]], colour, k === chosen ? 7 : 5);
      }
      const entries = LAMPS.slice(0, count()).map(([name,, colour]) => [`${name}, yours`, colour]);
      curves.legend([...entries, ...(state.revealed ? [["learned", "grey", "dash"]] : []), ["lamp on above 1/√2", "purple", "dash"]]);
      const where = ohm => used().map(k => `${RESISTORS[k][0]} ${short(cutoff(ohm[k], state.farad))} Hz`).join(", ");
      const taught = state.revealed ? `; learned: ${where(learned)}` : "";
      curves.words(`gain over frequency, on a logarithmic axis; cut-offs: ${where(state.ohm)}${taught}`);
    };
    const drawLamps = () => {
      const [wanted, yours] = [state.desired, state.ohm].map(ohm => tones().map(hz => lit(ohm, hz, state.farad)));
      showLamps(tones(), LAMPS.slice(0, count()).map(([name,, colour], i) =>
        [name, colour, wanted.map(each => each[i]), yours.map(each => each[i])]));
    };
    const drawWar = () => {
      const [name, lamp] = RESISTORS[chosen], [,, own] = LAMPS[lamp], shown = Array.from({length: 27}, (_, i) => HZ[0] * 10 ** (i / 8 + 0.1));
      const on = plane(war, {x: HZ, y: [-0.55, 0.55], xLog: true, xName: "frequency of the lamp (Hz)", yName: "d cost / d ln R; +: R smaller"});
      on.level(0, "ink", "", 1);
      for (const hz of shown) {
        const pull = pulls(state.ohm, state.desired, hz, state.demand, state.farad)[chosen];
        const wanted = lit(state.desired, hz, state.farad)[lamp], wrong = wanted !== lit(state.ohm, hz, state.farad)[lamp];
        const colour = wanted ? own : "grey";
        if (Math.abs(pull) < 0.03) on.dots([hz], [0], colour, 2);
        else on.arrow(hz, 0, hz, pull, colour, wrong ? 4 : 1.5);
      }
      const all = net(state.ohm, state.desired, state.demand, state.farad, chosen), way = Math.abs(all) < 0.003 ? "balanced" : all > 0 ? "R smaller" : "R larger";
      on.arrow(HZ[1] / 1.8, 0, HZ[1] / 1.8, Math.max(-0.5, Math.min(0.5, all)), "orange", 6);
      on.text(way, HZ[1] / 1.5, all > 0 ? -0.08 : 0.08, "right", "orange");
      if (way === "balanced") on.dots([HZ[1] / 1.8], [0], "orange", 6);
      war.legend([[`${name}: lamp should be on`, own], ["off", "grey"], ["thick: wrong", "ink"], ["all together, a decade", "orange"]]);
      war.words(`arrows for lamps from 10 Hz to 50 kHz at R of the ${name}, ${short(state.ohm[chosen], 4)} ohm; a positive pull makes R smaller; ` +
        `together: ${way}, ${short(all, 2)} a decade`);
    };
    curves.canvas.addEventListener("pointerdown", event => {
      const at = Math.log(drawn.fromX(event.clientX - curves.canvas.getBoundingClientRect().left));
      const far = k => Math.abs(Math.log(cutoff(state.ohm[k], state.farad)) - at);
      chosen = used().reduce((best, k) => far(k) < far(best) ? k : best);
    });
    draggable(curves, () => drawn, hz => turn(chosen, cutoff(hz, state.farad)));
    frame.onDraw(() => { drawCurves(); drawLamps(); drawWar(); });
    for (const each of names) model.on(`change:${each}`, () => { if (JSON.stringify(model.get(each)) !== JSON.stringify(state[each])) { read(); show(); } });
    show();
    return () => frame.close();
  },
};
