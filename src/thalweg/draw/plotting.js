// Figures of plotly in a page: fitted to narrow ones, with a slider over their frames.
// A figure with frames gets a slider over them. It begins at the one that the figure shows: the last, or layout.meta.frame.
const scrub = (Plotly, place, frames, first) => {
  const bar = document.createElement("div"), last = frames.length - 1;
  bar.className = "scrub";
  bar.innerHTML = `<output></output><button type="button"></button><input type="range" min="0" max="${last}" value="${first}">`;
  const [moment, button, slider] = bar.children;
  slider.setAttribute("aria-label", place.getAttribute("aria-label"));
  const redraw = frames.some(frame => frame.layout || frame.data.some(trace => !["scatter", "bar"].includes(trace.type)));
  let waiting = 0, playing = 0;
  const draw = () => {
    waiting = 0;
    Plotly.animate(place, [frames[slider.value].name],
      {mode: "immediate", frame: {duration: 0, redraw}, transition: {duration: 0}});
  };
  const show = () => {
    moment.textContent = frames[slider.value].name;
    slider.setAttribute("aria-valuetext", moment.textContent);
    waiting ||= requestAnimationFrame(draw);
  };
  const play = on => {
    clearInterval(playing);
    playing = on ? setInterval(() => { slider.stepUp(); show(); if (+slider.value === last) play(false); }, 120) : 0;
    button.textContent = on ? "❚❚" : "▶";
    button.setAttribute("aria-label", on ? "pause" : "play");
  };
  slider.addEventListener("input", () => { play(false); show(); });
  button.addEventListener("click", () => {
    if (!playing && +slider.value === last) slider.value = 0;
    show();
    play(!playing);
  });
  place.after(bar);
  place.still = () => { play(false); cancelAnimationFrame(waiting); bar.remove(); };
  show();
  play(false);
};

// How high a figure is on a narrow page, where its legend takes more lines; colour bars then lie below.
const heightOf = (place, plot) => {
  const entries = plot.data.filter(trace => trace.showlegend !== false && trace.type === "scatter").length;
  const bars = plot.data.filter(trace => trace.colorbar).length;
  return (plot.layout.height || 420) + (place.clientWidth < 600 ? 20 * Math.max(0, entries - 2) + 60 * bars : 0);
};

const shapeOf = (place, plot) =>
  ({height: heightOf(place, plot), ...plot.layout.meta?.[place.clientWidth < 600 ? "narrow" : "wide"]});

// A layout with a shape, whose keys may lead inside, such as "xaxis.domain".
const shaped = (layout, shape) => {
  const whole = structuredClone(layout);
  for (const [key, value] of Object.entries(shape)) {
    const steps = key.split("."), last = steps.pop();
    steps.reduce((part, step) => part[step] ??= {}, whole)[last] = value;
  }
  return whole;
};

const fitted = (place, plot) => {
  const narrow = place.clientWidth < 600;
  const data = plot.data.map(trace => !narrow || !trace.colorbar ? trace : {...trace, colorbar: {...trace.colorbar,
    orientation: "h", x: .5, xanchor: "center", y: -.12, yanchor: "top", len: 1, nticks: 4, tickangle: 0,
    title: {...trace.colorbar.title, side: "top"}}});
  const layout = shaped(plot.layout, shapeOf(place, plot));
  if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
  return {data, layout};
};

// The shape for narrow or wide pages, again whenever the width changes.
const reshaped = (Plotly, place, plot) => {
  removeEventListener("resize", place.refit);
  place.refit = () => Plotly.relayout(place, shapeOf(place, plot));
  addEventListener("resize", place.refit);
};

// On paper a figure takes the paper's width, whatever the window had.
const PAPER = 640;
const printed = (Plotly, place) => {
  const before = () => { if (place.clientWidth > PAPER) Plotly.relayout(place, {width: PAPER}); };
  const after = () => Plotly.relayout(place, {width: null, autosize: true});
  addEventListener("beforeprint", before);
  addEventListener("afterprint", after);
  return () => { removeEventListener("beforeprint", before); removeEventListener("afterprint", after); };
};

// Where a page has a base, plotly makes clip paths from the whole address, and they break when the address changes: it asks for
// the base once, when it first draws in a place, and then finds none.
const withoutBase = draw => {
  const base = document.querySelector("base[href]"), href = base?.getAttribute("href");
  base?.removeAttribute("href");
  try { return draw(); } finally { base?.setAttribute("href", href); }
};

// Draw a figure in a place, which may have had another; one with frames gets its slider.
const drawPlot = (Plotly, place, plot) => {
  place.still?.();
  place.still = undefined;
  place.unprinted ??= printed(Plotly, place);
  const config = {displayModeBar: false, responsive: true};
  const drawn = withoutBase(() => Plotly.newPlot(place, {...fitted(place, plot), config, frames: plot.frames}));
  reshaped(Plotly, place, plot);
  const first = plot.layout.meta?.frame ?? plot.frames?.length - 1;
  if (plot.frames?.length > 1) drawn.then(() => scrub(Plotly, place, plot.frames, first));
};
