// Trainings of a network, scrubbed: its function, its errors and its elbows at one moment, all from what was sent at once.

const known = values => values.map(each => each === null ? NaN : Array.isArray(each) ? known(each) : each);

// Where a way's moments stand on a logarithmic axis: step + 1, or one over the strength of a ridge.
export const positions = way => way.along.map(each => way.over === "steps" ? each + 1 : 1 / each);

// A film as it came, with NaN for what is missing and the moments' places.
export const opened = film => ({...film, ways: (film.ways ?? []).map(way => ({...way, at: positions(way),
  ...Object.fromEntries(["outputs", "elbows", "bends", "train", "test", "forecast"].map(name => [name, known(way[name])]))}))});

// The moment whose place is nearest, on a logarithmic scale.
export const nearest = (at, value) => {
  const far = at.map(each => Math.abs(Math.log(each / Math.max(value, 1e-300))));
  return far.indexOf(Math.min(...far));
};

// The height of a curve at a place, straight between the points of an even grid from 0 to 1; NaN beyond it.
export const heightAt = (curve, place) => {
  if (!(place >= 0 && place <= 1)) return NaN;
  const last = curve.length - 1, low = Math.min(Math.floor(place * last), last - 1), part = place * last - low;
  return (1 - part) * curve[low] + part * curve[low + 1];
};

// The ends of an axis that holds the points and the truth with room, and the curve as far as it is not wild.
export const ends = (sure, curves) => {
  const low = Math.min(...sure), high = Math.max(...sure), room = 0.35 * (high - low || 1);
  const wild = curves.flat().filter(Number.isFinite);
  const seen = (pick, start) => wild.reduce((one, other) => pick(one, other), start);
  return [Math.max(low - room, seen(Math.min, low)) - 0.05 * room, Math.min(high + room, seen(Math.max, high)) + 0.05 * room];
};

// The ends of a logarithmic axis of errors: one to six powers of ten; what is far above the typical error is left out.
export const powersOf = lists => {
  const found = lists.flat().filter(each => Number.isFinite(each) && each > 0).sort((a, b) => a - b);
  if (!found.length) return [0.1, 1];
  const typical = found[found.length >> 1], high = Math.min(found.at(-1), 100 * typical);
  const both = [Math.max(found[0], high * 1e-6) / 1.5, high * 1.5], [low, top] = both.map(Math.log10);
  return Math.floor(top) > Math.ceil(low) ? both : [10 ** Math.floor(low), 10 ** Math.ceil(top)];
};

// The ends of the logarithmic axis of moments, with room for the last number.
export const along = at => {
  const low = Math.min(...at), high = Math.max(...at);
  return high > low ? [low, high * (high / low) ** 0.05] : [low / 2, low * 2];
};

// How many elbows lie where the points are.
export const inside = elbows => elbows.filter(each => each > 0 && each < 1).length;

// The same in words.
export const within = elbows => `${inside(elbows)} of ${elbows.length} elbows ${inside(elbows) === 1 ? "lies" : "lie"} between 0 and 1`;

// What a moment is called: a step with all its digits, or the strength of a ridge.
export const label = (way, moment) =>
  way.over === "steps" ? `step ${count(way.along[moment])}` : `λ = ${short(way.along[moment])}`;

// Whether nothing of a curve is left within these ends.
export const gone = (curve, [low, high]) => !curve.some(each => each >= low && each <= high);

// What there is to see at a moment, in a sentence.
export const sentence = (way, moment) => {
  const test = way.test.length ? `, against the true function ${short(way.test[moment])}` : "";
  const when = way.over === "steps" ? `after ${count(way.along[moment])} steps` : `at λ = ${short(way.along[moment])}`;
  if (!Number.isFinite(way.train[moment])) return `${way.name}, ${when}: it has left all bounds.`;
  return `${way.name}, ${when}: error at the points ${short(way.train[moment])}${test}; ` +
    `${within(way.elbows[moment])}.`;
};

// The moment to show when another way is chosen: the same step if both count steps, else the other's own first.
export const follow = (from, moment, to) => from?.over === "steps" && to.over === "steps" ? nearest(to.at, from.at[moment]) : to.first;

// The moment to show when another film comes: that of the same place on the same way, or what was chosen before there was one.
export const reopened = (from, moment, to, chosen) => {
  if (from?.name === to.name) return moment === from.first ? to.first : nearest(to.at, from.at[moment]);
  return chosen >= 0 ? Math.min(chosen, to.at.length - 1) : to.first;
};

export default {
  render({model, el}) {
    const frame = explorable(model, el);
    const curve = panel(frame, "The network's function", 320);
    const errors = panel(frame, "The error");
    const travel = panel(frame, "Where the elbows go");
    frame.panels.style.gridTemplateColumns = "repeat(auto-fit, minmax(min(100%, 22rem), 1fr))";
    curve.canvas.parentElement.style.gridColumn = "1 / -1";
    const row = () => {
      const made = make("div", frame.controls);
      Object.assign(made.style, {display: "flex", flexWrap: "wrap", gap: ".4rem", gridColumn: "1 / -1"});
      return made;
    };
    const choice = row();
    choice.setAttribute("role", "group");
    choice.setAttribute("aria-label", "way of training");
    let film = {ways: []}, chosen = 0, moment = 0, playing = 0, onErrors, onTravel;
    const way = () => film.ways[chosen], last = () => way().at.length - 1;

    const set = to => {
      moment = Math.max(0, Math.min(last(), to));
      frame.send({moment, way: chosen});
      show();
    };
    const time = slider(frame, {label: "moment", low: 0, high: 1, value: 0, step: 1,
      format: value => way() ? label(way(), Math.round(value)) : "", change: value => { play(false); set(Math.round(value)); }});
    time.input.parentElement.style.gridColumn = "1 / -1";
    const steps = row();
    const play = on => {
      clearInterval(playing);
      playing = on ? setInterval(() => moment < last() ? set(moment + 1) : play(false), 110) : 0;
      player.textContent = on ? "pause" : "play";
      frame.hush(on);
    };
    const onward = by => { if (way()) { play(false); set(moment + by); } };
    const back = button(frame, "◀ back", () => onward(-1));
    const player = button(frame, "play", () => {
      if (!way()) return;
      if (!playing && moment >= last()) set(0);
      play(!playing);
    });
    const forth = button(frame, "forward ▶", () => onward(1));
    steps.append(back, player, forth);

    const choose = number => {
      play(false);
      const before = way();
      chosen = number;
      set(follow(before, moment, way()));
    };
    const open = () => {
      const before = way();
      film = opened(model.get("film"));
      chosen = Math.max(0, Math.min(model.get("way"), film.ways.length - 1));
      play(false);
      choice.replaceChildren(...film.ways.map((each, number) => {
        const made = make("button", null, {type: "button", textContent: each.name});
        made.addEventListener("click", () => choose(number));
        return made;
      }));
      if (way()) moment = reopened(before, moment, way(), model.get("moment"));
      if (model.get("moment") >= 0 && model.get("way") === chosen && model.get("moment") !== moment) frame.send({moment});
      show();
    };
    const show = () => {
      [back, player, forth, time.input].forEach(each => { each.disabled = !way(); });
      [...choice.children].forEach((each, number) => {
        each.setAttribute("aria-pressed", number === chosen);
        each.style.background = number === chosen ? COLOURS.blue : "";
        each.style.color = number === chosen ? "#fff" : "";
      });
      if (way()) {
        time.input.max = last();
        time.show(moment);
      }
      frame.say(way() ? sentence(way(), moment) : "The first training is under way.");
      frame.redraw();
    };

    const towards = bend => bend > 0 ? "sky" : "purple";
    const drawCurve = () => {
      const [px, py] = film.points, now = way().outputs[moment], here = way().elbows[moment], bends = way().bends[moment];
      const y = film.heights ??= ends([...py, ...film.truth], film.ways.flatMap(each => each.outputs));
      const on = plane(curve, {x: [0, 1], y, xName: "x", yName: "f(x)"});
      on.dots(px, py, "grey", 2.5);
      if (film.truth.length) on.line(film.grid, film.truth, "green", 2.5, "dot");
      on.line(film.grid, now, "blue", 2.5);
      const most = Math.max(...bends.map(Math.abs)) || 1, unit = 0.14 * (y[1] - y[0]) / most;
      here.forEach((place, i) => {
        if (!(place >= 0 && place <= 1)) return;
        on.line([place, place], [y[0], y[0] + Math.max(0.1 * most, Math.abs(bends[i])) * unit], towards(bends[i]), 3);
        on.dots([place], [heightAt(now, place)], towards(bends[i]), 4);
      });
      if (gone(now, y)) on.text("The network has left the picture.", 0.5, y[0] + 0.93 * (y[1] - y[0]), "center");
      curve.legend([["points", "grey", "disc"], ...(film.truth.length ? [["true function", "green", "dot"]] : []), ["network", "blue"],
        ["elbow, bends up", "sky"], ["elbow, bends down", "purple"]]);
      curve.words(`${sentence(way(), moment)} Each elbow is a dot on the curve and a stroke on the axis, as long as the slope changes there.`);
    };
    const cursor = on => on.upright(way().at[moment], "ink", "", 1.5);
    const axis = () => ({x: along(way().at), xLog: true,
      xName: way().over === "steps" ? "step + 1" : "1 / λ: the ridge is weaker to the right"});
    const drawErrors = () => {
      const others = film.ways.filter(each => each !== way() && each.over === way().over && each.over === "steps");
      const all = [way().train, way().test, way().forecast, ...others.map(each => each.test.length ? each.test : each.train)];
      const on = onErrors = plane(errors, {...axis(), y: powersOf(all), yLog: true, yName: "mean of squares"});
      const legend = [["train error", "blue"]];
      if (way().forecast.length) {
        on.line(way().at, way().forecast, "orange", 7, "dash");
        legend.unshift([way().foreseen, "orange", "dash"]);
      }
      for (const each of others) {
        const tested = each.test.length > 0;
        on.line(each.at, tested ? each.test : each.train, "grey", 1.5);
        legend.push([`${each.name}${tested ? ", test" : ""}`, "grey"]);
      }
      for (const [list, colour] of [[way().train, "blue"], [way().test, "red"]]) {
        if (!list.length) continue;
        on.line(way().at, list, colour, 2.5);
        if (list[moment] > 0) on.dots([way().at[moment]], [list[moment]], colour, 5);
      }
      if (way().test.length) legend.splice(way().forecast.length ? 2 : 1, 0, ["test error, against the true function", "red"]);
      cursor(on);
      errors.legend(legend);
      errors.words(`errors over ${way().over === "steps" ? "the steps" : "the strength of the ridge"}, on logarithmic axes; drag to move in time. ${sentence(way(), moment)}`);
    };
    const drawTravel = () => {
      const on = onTravel = plane(travel, {...axis(), y: [-0.1, 1.1], yName: "elbow −b/w"});
      const bends = way().bends[moment], now = way().elbows[moment];
      now.forEach((_, i) => on.line(way().at, way().elbows.map(each => each[i]), towards(bends[i]), 1.5));
      now.forEach((place, i) => { if (Number.isFinite(place)) on.dots([way().at[moment]], [place], towards(bends[i]), 3); });
      if (gone(now, [-0.1, 1.1])) on.text("No elbow is left in the picture.", along(way().at)[0] * 1.2, 0.5);
      on.level(0, "grey", "dot", 1.5);
      on.level(1, "grey", "dot", 1.5);
      cursor(on);
      travel.legend([["bends up now", "sky"], ["bends down now", "purple"], ["ends of the data", "grey", "dot"]]);
      const over = way().over === "steps" ? "the steps" : "the strength of the ridge";
      travel.words(`the place of every elbow over ${over}; drag to move in time. `
        + `${within(now)} at ${label(way(), moment)}.`);
    };
    for (const [board, current] of [[errors, () => onErrors], [travel, () => onTravel]]) {
      draggable(board, () => current() ?? {fromX: () => 1, fromY: () => 1},
        value => { if (way()) { play(false); set(nearest(way().at, value)); } });
    }
    frame.onDraw(() => { if (way()) { drawCurve(); drawErrors(); drawTravel(); } });
    model.on("change:film", open);
    model.on("change:moment", () => { if (way() && model.get("moment") !== moment) set(model.get("moment")); });
    model.on("change:way", () => { if (film.ways[model.get("way")] && model.get("way") !== chosen) choose(model.get("way")); });
    open();
    return () => { play(false); frame.close(); };
  },
};
