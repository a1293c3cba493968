// One ReLU unit and one point: drag the elbow, the slope, the point and the learning rate, and see what a step does.
// The conditions are those of subjects/elbows.py, which the page confirms; here they answer while something is dragged.
// Python tells ENDS: for every number its start, its least and its largest.

const SAME = 1e-12, [, LOW, HIGH] = ENDS.lr, SLOPE = 3, BIAS = 9;  // Slope and bias have sliders up to this, either way.
const FAR = 15, TALL = 6;  // An elbow farther off is outside the picture, and so is an output after a step so much higher.

// The difference of two numbers, 0 where it is no more than rounding beside them and what they were made of.
const difference = (a, b, ...of) => Math.abs(a - b) <= SAME * Math.max(...[a, b, ...of].map(Math.abs)) ? 0 : a - b;

export const elbowOf = ({w, b}) => -b / w;
export const outputOf = ({w, b, x}) => Math.max(0, difference(w * x, -b));
export const residualOf = unit => difference(outputOf(unit), unit.y, unit.w * unit.x, unit.b);

// Slope and bias after one step; nothing moves where the unit is off.
export const stepped = (unit, lr) => {
  const pull = outputOf(unit) > 0 ? residualOf(unit) : 0;
  return {...unit, w: unit.w - lr * pull * unit.x, b: unit.b - lr * pull};
};

// The learning rates at which something changes: the slope is 0, it is as steep as before, the unit is off, the loss ceases to fall.
export const borders = unit => {
  const z = outputOf(unit), r = residualOf(unit), lift = 1 + unit.x ** 2;
  if (z === 0 || r === 0) return {turn: Infinity, steep: Infinity, off: Infinity, fall: Infinity};
  const zero = unit.x ? unit.w / (r * unit.x) : Infinity, turn = zero > 0 ? zero : Infinity;
  const safe = r > 0 && difference(z, 2 * r, unit.b, unit.y) < 0;
  return {turn, steep: 2 * turn, off: r > 0 ? z / (r * lift) : Infinity, fall: safe ? Infinity : 2 / lift};
};

const slopeWord = (unit, lr, turn, steep) => {
  const towards = residualOf(unit) * unit.x * unit.w, beyond = difference(lr, steep);
  if (towards <= 0) return towards ? "steeper" : "unchanged";
  if (lr <= turn) return lr === turn ? "flat" : "shallower";
  return `turned over and ${beyond > 0 ? "steeper" : beyond < 0 ? "shallower" : "as steep"}`;
};

const lossWord = (unit, lr, fall) => {
  const r = residualOf(unit), even = r > 0 && difference(outputOf(unit), 2 * r, unit.b, unit.y) === 0;
  return lr < fall ? "falls" : lr === fall || even ? "stays" : "rises";
};

// What a step does to the elbow, to the slope and to the loss, from the conditions.
export const effect = (unit, lr) => {
  const r = outputOf(unit) > 0 ? residualOf(unit) : 0;
  if (r === 0) return {elbow: "stays", slope: "unchanged", loss: "stays"};
  const {turn, steep, fall} = borders(unit), side = r * difference(unit.w, unit.b * unit.x) * (lr < turn ? 1 : -1);
  const elbow = lr === turn ? "gone" : side > 0 ? "right" : side < 0 ? "left" : "stays";
  return {elbow, slope: slopeWord(unit, lr, turn, steep), loss: lossWord(unit, lr, fall)};
};

// From where to where a step does what, between two learning rates: [from, to, word] for the elbow, the slope or the loss.
export const spans = (unit, kind, low = LOW, high = HIGH) => {
  const inside = Object.values(borders(unit)).filter(each => low < each && each < high);
  const ends = [...new Set([low, high, ...inside])].sort((a, b) => a - b), found = [];
  for (let i = 0; i + 1 < ends.length; i++) {
    const word = effect(unit, Math.sqrt(ends[i] * ends[i + 1]))[kind];
    const start = found.length && found.at(-1)[2] === word ? found.pop()[0] : ends[i];
    found.push([start, ends[i + 1], word]);
  }
  return found;
};

// A learning rate, or the border that it nearly is, so that the border itself can be met.
export const snapped = (lr, unit, near) =>
  Object.values(borders(unit)).find(each => Math.abs(Math.log(lr / each)) < near) ?? lr;

// The same unit with the target that gives it this residual.
export const withResidual = (unit, r) => ({...unit, y: outputOf(unit) - r});

// Where the ring stands by which the slope is dragged: along the arm from the elbow, a third of the picture; where elbow or arm
// are outside, at the picture's edge next to them.
export const handle = ({w, b}, {x: [left, right], y: [, high], size}) => {
  const e = -b / w, across = 2 / Math.hypot(4 / right, w / size);
  const px = Math.max(0.95 * left, Math.min(0.95 * right, e + Math.sign(w) * across));
  return [px, Math.max(0, Math.min(0.9 * high, w * (px - e)))];
};

// Where the labels in a row start, each [the pixel that it names, its width], one or two: two lead away from each other, and
// none leaves the row or lies upon the other, as long as there is room for both.
export const rowOf = (labels, left, right) => {
  const within = (start, width) => Math.max(left, Math.min(right - width, start));
  if (labels.length < 2) return labels.map(([at, width]) => within(at - width / 2, width));
  const [[at, width], [next, other]] = labels, last = within(next + 5, other);
  const first = within(Math.min(at - 5, last - 10) - width, width);
  return [first, Math.max(last, first + width + 10)];
};

// What the picture of the unit shows: elbow, point and outputs, with a few sizes only, so that it stands still while they move.
export const windowOf = (unit, after) => {
  const fitted = (size, need) => size >= need ? size : fitted(1.5 * size, need);
  const e = Math.abs(elbowOf(unit)), most = Math.max(1, outputOf(unit), Math.abs(unit.y));
  const half = fitted(4, 1.05 * Math.max(Math.abs(unit.x), e <= FAR ? e : 0));
  const seen = outputOf(after) <= TALL * most ? outputOf(after) : 0;
  const size = fitted(1, Math.max(outputOf(unit), unit.y, seen) / 4.3);
  return {x: [-half, half], y: [-1.4 * size, 4.6 * size], size};
};

const ends = name => ENDS[name].slice(1);
const round = (value, [low, high]) => Math.max(low, Math.min(high, Math.round(20 * value) / 20));
const notFlat = (w, before) => w || 0.05 * Math.sign(before);

// What a drag of the elbow, of the slope (about the elbow), or of the point makes of the unit.
export const dragged = (unit, what, px, py) => {
  if (what === "point") return {x: round(px, ends("x")), y: round(py, ends("y"))};
  if (what === "elbow") return {b: -unit.w * round(px, ends("x"))};
  const e = elbowOf(unit), across = px - e, side = Math.abs(across) < 0.05 ? Math.sign(unit.w) : Math.sign(across);
  const w = side * Math.max(0.1, round(py / Math.max(0.05, Math.abs(across)), [0, SLOPE]));
  return {w, b: -w * e};
};

// What a step does, in a sentence.
export const verdict = (unit, lr) => {
  if (outputOf(unit) === 0) return "The unit is off at the point: every derivative is 0, and no step moves anything.";
  const r = residualOf(unit);
  if (r === 0) return "The unit goes through the point: the residual is 0, and no step moves anything.";
  const found = effect(unit, lr), after = stepped(unit, lr), say = each => short(each, 4);
  const still = {gone: "there is no elbow any more, the slope is 0", stays: `the elbow stays at ${say(elbowOf(unit))}`};
  const elbow = still[found.elbow] ?? `the elbow goes ${found.elbow}, from ${say(elbowOf(unit))} to ${say(elbowOf(after))}`;
  const becomes = found.slope.startsWith("turned") ? found.slope.replace("turned over and", "turns over and is") : `is ${found.slope}`;
  const slope = found.slope === "flat" ? "" : `; the slope ${becomes}, ${say(unit.w)} to ${say(after.w)}`;
  const left = (outputOf(after) - unit.y) ** 2 / 2;
  return `Residual r = ${say(r)}: ${elbow}${slope}; the loss ${found.loss}, ${say(r * r / 2)} to ${say(left)}`
    + `${outputOf(after) === 0 ? ", and the unit is off at the point" : ""}.`;
};

// Every number at its start.
export const home = () => Object.fromEntries(Object.entries(ENDS).map(([name, [start]]) => [name, start]));

// What spans say, for those who cannot see them.
const told = (unit, kind) =>
  spans(unit, kind).map(([from, to, word]) => `${word} from lr ${short(from)} to ${short(to)}`).join(", ");

const STILL = "rgba(128,128,128,.25)";
const BANDS = {
  elbow: {right: "blue", left: "orange", stays: STILL},
  slope: {shallower: "sky", steeper: "purple", "turned over and shallower": "yellow", "turned over and steeper": "#b5a600",
    unchanged: STILL},
  loss: {falls: "green", rises: "red", stays: STILL},
};
const DEEP = ["blue", "red", "green"];  // On these bands letters are white.
const NARROW = ["slope turned over and shallower", "slope turned over and steeper"];  // Too narrow for their words, so always in a legend.

export default {
  render({model, el}) {
    const frame = explorable(model, el), names = Object.keys(ENDS);
    frame.panels.style.gridTemplateColumns = "repeat(auto-fit, minmax(min(100%, 24rem), 1fr))";
    const picture = panel(frame, "The unit before and after one step", 330);
    const places = panel(frame, "Where the elbow is after the step, at every lr", 330);
    const own = panel(frame, "What the step does, at every lr", 250);
    const both = panel(frame, "The same unit if it is 1 too high (r = +1), 1 too low (r = −1)", 250);
    let unit = {}, lr, drawn = {}, held = "", view;
    const read = () => {
      unit = Object.fromEntries(names.slice(0, 4).map(name => [name, model.get(name)]));
      lr = model.get("lr");
    };
    read();
    const set = values => {
      const {lr: rate, ...others} = values;
      Object.assign(unit, others);
      lr = rate ?? lr;
      frame.send({...unit, lr});
      show();
    };
    const knob = (label, name, [low, high], change = value => set({[name]: value})) =>
      slider(frame, {label, low, high, value: unit[name], step: 0.05, change});
    const sliders = {
      w: knob("slope w", "w", [-SLOPE, SLOPE], w => set({w: notFlat(w, unit.w)})),
      b: knob("bias b", "b", [-BIAS, BIAS]),
      x: knob("point x", "x", ends("x")),
      y: knob("point y", "y", ends("y")),
      lr: slider(frame, {label: "learning rate lr", low: LOW, high: HIGH, value: lr, log: true,
        change: rate => set({lr: snapped(rate, unit, 0.0085)})}),
    };
    button(frame, "take this step", () => {
      const after = stepped(unit, lr);
      if (after.w === 0) frame.say("This step leaves a flat unit without an elbow: there is no way on from it.");
      else if (["w", "b"].some(name => Math.abs(after[name]) > ends(name)[1])) {
        frame.say("This step leads far away: start again.");
      }
      else set(after);
    });
    button(frame, "back to the start", () => set(home()));
    const show = () => {
      for (const name of names) sliders[name].show(name === "lr" ? lr : unit[name]);
      frame.say(verdict(unit, lr));
      frame.redraw();
    };

    const phi = ({w, b}, x) => Math.max(0, w * x + b);
    const drawUnit = () => {
      const after = stepped(unit, lr), e = elbowOf(unit), to = elbowOf(after);
      if (!held || !view) view = windowOf(unit, after);  // It stays as it is while something in it is dragged.
      const on = drawn.unit = plane(picture, {...view, xName: "x", yName: "max(0, w x + b)"}), {size} = view;
      const arms = each => [on.x[0], elbowOf(each), on.x[1]].filter(Number.isFinite).sort((a, b) => a - b);
      on.level(0, "grey", "", 1);
      on.line(arms(unit), arms(unit).map(x => phi(unit, x)), "grey", 7);
      on.line(arms(after), arms(after).map(x => phi(after, x)), "blue", 2.5);
      on.line([unit.x, unit.x], [unit.y, outputOf(unit)], "green", 2, "dot");
      on.dots([unit.x], [outputOf(unit)], "grey", 5);
      on.dots([unit.x, to], [outputOf(after), 0], "blue", 5);
      const within = place => Math.max(0.99 * on.x[0], Math.min(0.99 * on.x[1], place));
      const isFar = Math.abs(on.toX(to) - on.toX(e)) > 3 && within(to) !== within(e);
      if (isFar) on.arrow(within(e), -0.45 * size, within(to), -0.45 * size, "blue");
      on.dots([unit.x], [unit.y], "green", 7);
      const [hx, hy] = handle(unit, view);
      on.dots([e, hx], [0, hy], "grey", 7);
      on.dots([e, hx, unit.x], [0, hy, unit.y], "ink", 8, true);
      const outside = place => Math.abs(place) > on.x[1] ? ", outside" : "";
      const where = place => Number.isFinite(place) ? short(place) + outside(place) : "none";
      on.text(`elbow ${where(e)} ${effect(unit, lr).elbow === "stays" ? "stays" : `→ ${where(to)}`}`, 0, -size, "center");
      const high = `output after ${short(outputOf(after))} ↑`;
      if (outputOf(after) > on.y[1]) on.text(high, unit.x, 4.3 * size, unit.x > 0 ? "right" : "left");
      picture.legend([["before", "grey"], ["after", "blue"], ["point, residual", "green", "dot"]]);
      picture.words(`slope ${short(unit.w)} and elbow ${short(e)} before the step, slope ${short(after.w)} and elbow `
        + `${where(to)} after it; the output at the point (${short(unit.x)}, ${short(unit.y)}) goes from `
        + `${short(outputOf(unit))} to ${short(outputOf(after))}`);
    };
    const drawPlaces = () => {
      const on = drawn.places = plane(places, {x: [LOW, HIGH], y: view.x, xLog: true, xName: "learning rate lr",
        yName: "elbow after the step"});
      const {turn, off} = borders(unit);
      for (const [from, to, word] of spans(unit, "elbow")) {
        on.area(from, to, ...on.y, BANDS.elbow[word], word === "stays" ? 1 : 0.2);
      }
      on.level(elbowOf(unit), "grey", "", 5);
      const grid = Array.from({length: 241}, (_, i) => LOW * (HIGH / LOW) ** (i / 240));
      for (const part of [grid.filter(each => each < turn), grid.filter(each => each > turn)]) {
        on.line(part, part.map(each => elbowOf(stepped(unit, each))), "blue", 2.5);
      }
      for (const [value, words, place] of [[turn, "gone", 0.9 * on.y[1]], [off, "switched off", 0.9 * on.y[0]]]) {
        if (!(LOW < value && value < HIGH)) continue;
        on.upright(value, "ink", "dot", 1.5);
        const isLeft = value > 5 || (value > 0.03 && value <= Math.min(turn, off));
        on.text(words, value * (isLeft ? 0.95 : 1.05), place, isLeft ? "right" : "left");
      }
      on.upright(lr, "ink");
      on.dots([lr], [elbowOf(stepped(unit, lr))], "blue", 6);
      places.legend([["before", "grey"], ["after", "blue"], ["goes right", "#5b9dc9"], ["goes left", "orange"]]);
      const after = elbowOf(stepped(unit, lr));
      places.words(`the elbow is at ${short(elbowOf(unit))} before a step of lr ${short(lr)}, ${Number.isFinite(after) ? short(after) : "gone"} after it; `
        + told(unit, "elbow"));
    };
    // Three bands for each unit, its borders above and below; the rows have no numbers, so the axis gets none.
    const drawBands = (board, groups) => {
      const on = plane(board, {x: [LOW, HIGH], y: [1.1, 9.9], xLog: true, yLog: true, xName: "learning rate lr", yName: ""});
      const rows = 5 * groups.length, {context, box} = on, named = new Set(NARROW);
      const level = row => 9.9 / 9 ** (row / rows), middle = row => (on.toY(level(row)) + on.toY(level(row + 1))) / 2;
      const write = (words, pixel, row, align, colour) => {
        context.fillStyle = colour;
        context.textAlign = align;
        context.textBaseline = "middle";
        context.fillText(words, pixel, middle(row));
      };
      const ink = getComputedStyle(board.canvas).color;
      groups.forEach(([title, each], group) => {
        write(title, box.left - 6, 5 * group, "right", ink);
        Object.entries(BANDS).forEach(([kind, colours], i) => {
          const row = 5 * group + 1 + i;
          write(kind, box.left - 6, row, "right", ink);
          for (const [from, to, word] of spans(each, kind)) {
            on.area(from, to, level(row + 0.94), level(row + 0.06), colours[word], 1);
            const letters = colours[word] === STILL ? ink : DEEP.includes(colours[word]) ? "white" : "#222";
            const hasRoom = context.measureText(word).width + 7 < on.toX(to) - on.toX(from);
            hasRoom ? write(word, on.toX(from) + 5, row, "left", letters) : named.add(`${kind} ${word}`);
          }
        });
        const {turn, steep, off, fall} = borders(each);
        const label = (row, ...all) => {
          const seen = all.filter(([value]) => LOW < value && value < HIGH).sort(([a], [b]) => a - b);
          const wide = seen.map(([value, words]) => [on.toX(value), context.measureText(words).width]);
          const starts = rowOf(wide, box.left + 3, box.right - 3);
          seen.forEach(([, words], i) => write(words, starts[i], row, "left", ink));
        };
        on.line([lr, lr], [level(5 * group + 1), level(5 * group + 4)], "ink");
        label(5 * group, [turn, `slope 0 at ${short(turn)}`], [steep, `as steep again at ${short(steep)}`]);
        label(5 * group + 4, [fall, `loss turns at ${short(fall)}`], [off, `off from ${short(off)}`]);
      });
      const entry = name => [name, BANDS[name.split(" ")[0]][name.slice(name.indexOf(" ") + 1)]];
      board.legend([...named].map(entry));
      const sentence = each => Object.keys(BANDS).map(kind => `${kind}: ${told(each, kind)}`).join("; ");
      const sentences = groups.map(([title, each]) => `${title} ${sentence(each)}`.trim());
      board.words([`lr is ${short(lr)}`, ...sentences].join(". "));
      return on;
    };
    const nearest = (px, py) => {
      const on = drawn.unit, [hx, hy] = handle(unit, view);
      const far = ([, x, y]) => Math.hypot(on.toX(x) - on.toX(px), on.toY(y) - on.toY(py));
      return [["elbow", elbowOf(unit), 0], ["slope", hx, hy], ["point", unit.x, unit.y]].sort((a, b) => far(a) - far(b))[0][0];
    };
    for (const name of ["pointerdown", "lostpointercapture"]) {
      picture.canvas.addEventListener(name, () => { held = ""; frame.redraw(); });
    }
    draggable(picture, () => drawn.unit, (px, py) => {
      held ||= nearest(px, py);
      set(dragged(unit, held, px, py));
    });
    for (const [board, name] of [[places, "places"], [own, "own"], [both, "both"]]) {
      draggable(board, () => drawn[name], rate => set({lr: snapped(Math.max(LOW, Math.min(HIGH, rate)), unit, 0.03)}));
      board.canvas.style.touchAction = "pan-y";  // A finger that goes up or down here scrolls the page.
    }
    frame.onDraw(() => {
      drawUnit();
      drawPlaces();
      drawn.own = drawBands(own, [["", unit]]);
      drawn.both = drawBands(both, [["r = +1", withResidual(unit, 1)], ["r = −1", withResidual(unit, -1)]]);
    });
    for (const each of names) model.on(`change:${each}`, () => {
      if (model.get(each) === (each === "lr" ? lr : unit[each])) return;
      read();
      show();
    });
    show();
    return () => frame.close();
  },
};
