// What all explorables share: panels with a plane to draw on, sliders, dragging, and values sent to Python at a calm pace.
const COLOURS = {orange: "#E69F00", sky: "#56B4E9", green: "#009E73", blue: "#0072B2", red: "#D55E00", purple: "#CC79A7",
  grey: "#999999", yellow: "#F0E442"};
const TURNS = ["blue", "red", "purple", "sky", "green", "orange", "grey"];

// A power of ten as it is written: 10⁻⁶.
const raised = power => `10${String(power).replace("-", "⁻").replace(/\d/g, digit => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit])}`;

// A number of this size, rounded to so many digits; halfway, to the even one.
const rounded = (size, digits) => {
  const [exact, power] = size.toExponential(60).split("e"), kept = exact.slice(0, digits + 1);
  const isEven = /[02468]\.?$/.test(kept) && /^50*$/.test(exact.slice(digits + 1));
  return isEven ? +`${kept}e${power}` : +size.toPrecision(digits);
};

// A number in few digits, as Python's `said` writes it for people: 0.1234, 12 300, 1.23×10⁻⁷, 10⁻⁶; a minus sign that is one.
export const short = (value, digits = 3) => {
  const size = rounded(Math.abs(value), digits), sign = value < 0 ? "−" : "";
  if (!Number.isFinite(size)) return Number.isNaN(size) ? "none" : `${sign}∞`;
  if (size === 0) return "0";
  if (size >= 1e-3 && size < 1e6) {
    const [whole, ...decimals] = String(size).split(".");
    return sign + [whole.replace(/\B(?=(\d{3})+$)/g, "\u202f"), ...decimals].join(".");
  }
  const [front, power] = size.toExponential().split("e");
  return sign + (front === "1" ? "" : `${front}×`) + raised(+power);
};

// A count, up to a million exact, as in Python's `counted`.
export const count = number => short(number, number < 1e6 ? 6 : 3);

// Round numbers at which an axis is lettered.
export const ticks = (low, high, most = 6) => {
  const raw = (high - low) / most, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find(each => each * power >= raw) * power;
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return Array.from({length: Math.max(0, last - first + 1)}, (_, i) => (first + i) * step);
};

// Whole powers of ten between two positive numbers, few enough to be read.
export const powers = (low, high, most = 6) => {
  const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
  const step = Math.max(1, Math.ceil((last - first + 1) / most));
  const found = [];
  for (let power = first; power <= last; power += step) found.push(10 ** power);
  return found;
};

const make = (tag, parent, properties = {}) => {
  const node = Object.assign(document.createElement(tag), properties);
  parent?.append(node);
  return node;
};

// The frame of an explorable: where panels, controls and a spoken sentence stand. Python hears `change`d values at once, then every 50 ms.
const explorable = (model, el) => {
  const root = make("div", el, {className: "explorable"});
  const panels = make("div", root, {className: "panels"});
  const controls = make("div", root, {className: "controls"});
  const said = make("p", root, {className: "said"});
  said.setAttribute("aria-live", "polite");
  let draw = () => {}, waiting = 0, timer = 0, sent = -50;
  const redraw = () => { waiting ||= requestAnimationFrame(() => { waiting = 0; draw(); root.dataset.drawn = performance.now(); }); };
  const observer = new ResizeObserver(redraw);
  observer.observe(root);
  const theme = new MutationObserver(redraw);
  theme.observe(document.documentElement, {attributes: true, attributeFilter: ["class", "data-theme"]});
  // On paper the ink is dark, whatever it is on the screen. The paper waits for no frame, so that it is drawn at once.
  const paper = ({type}) => { root.classList.toggle("paper", type === "beforeprint"); draw(); };
  for (const type of ["beforeprint", "afterprint"]) addEventListener(type, paper);
  const send = values => {
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    timer ||= setTimeout(() => { [timer, sent] = [0, performance.now()]; model.save_changes(); }, Math.max(0, sent + 50 - performance.now()));
  };
  return {root, panels, controls, redraw, send,
    say: text => { said.textContent = text; },
    hush: on => said.setAttribute("aria-live", on ? "off" : "polite"),  // While it changes many times a second.
    onDraw: action => { draw = action; redraw(); },
    close: () => {
      for (const watch of [observer, theme]) watch.disconnect();
      for (const type of ["beforeprint", "afterprint"]) removeEventListener(type, paper);
      clearTimeout(timer);
      cancelAnimationFrame(waiting);
    }};
};

// A picture with a title and a text that says what it shows. An entry of its legend is a name, a colour and how it is drawn:
// as a line, by default whole, or as "dash", "dot" (dotted), "ring" or "disc".
const panel = (frame, title, height = 280) => {
  const figure = make("figure", frame.panels);
  make("figcaption", figure, {textContent: title});
  const legend = make("div", figure, {className: "legend"});
  const canvas = make("canvas", figure);
  canvas.style.height = `${height}px`;
  canvas.setAttribute("role", "img");
  return {canvas, title,
    words: text => canvas.setAttribute("aria-label", `${title}: ${text}`),
    legend: entries => {
      const key = JSON.stringify(entries);
      if (legend.dataset.key === key) return;
      legend.dataset.key = key;
      legend.replaceChildren(...entries.map(([name, colour, dash]) => {
        const entry = make("span", null);
        const line = make("i", entry, {className: dash === "ring" || dash === "disc" ? dash : ""});
        line.style.color = COLOURS[colour] ?? (colour === "ink" ? "inherit" : colour);
        line.style.borderTopStyle = dash === "dot" ? "dotted" : dash === "dash" ? "dashed" : "solid";
        entry.append(name);
        return entry;
      }));
    }};
};

// A native slider: keyboard and phones come with it. `log` sliders move by factors.
const slider = (frame, {label, low, high, value, step, log = false, format = short, change}) => {
  const box = make("label", frame.controls, {textContent: label});
  const shown = make("b", box);
  shown.setAttribute("aria-hidden", "true");  // The input tells it as its value; it is no part of the name.
  const input = make("input", box, {type: "range"});
  const to = each => log ? Math.log(each) : each, from = each => log ? Math.exp(each) : each;
  Object.assign(input, {min: to(low), max: to(high), step: step ?? (to(high) - to(low)) / 400});
  const show = each => {
    input.value = to(each);
    shown.textContent = format(each);
    input.setAttribute("aria-valuetext", format(each));
  };
  input.addEventListener("input", () => { const each = from(+input.value); show(each); change(each); });
  input.value = to(value);
  show(value);
  return {show, input};
};

// One of several values, each with its name.
const choice = (frame, {label, options, value, change}) => {
  const box = make("label", frame.controls, {textContent: label}), select = make("select", box);
  options.forEach(([, name], place) => make("option", select, {value: place, textContent: name}));
  const show = each => { select.value = options.findIndex(([option]) => option === each); };
  select.addEventListener("change", () => change(options[select.value][0]));
  show(value);
  return {show};
};

const button = (frame, text, action) => {
  const made = make("button", frame.controls, {type: "button", textContent: text});
  made.addEventListener("click", action);
  return made;
};

// A plane with axes on a panel's canvas: data coordinates in, pixels out.
const plane = (board, {x, y, xName, yName, xLog = false, yLog = false, square = false}) => {
  const {canvas} = board, context = canvas.getContext("2d"), scale = devicePixelRatio || 1;
  const width = canvas.clientWidth || 300, height = canvas.clientHeight || 280;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = "12px system-ui, Helvetica, Arial, sans-serif";
  const letters = (range, log) => (log ? powers : ticks)(...range).map(value => [value,
    short(Math.abs(value) < 1e-12 * Math.abs(range[1] - range[0]) && !log ? 0 : value)]);
  const widest = Math.max(0, ...letters(y, yLog).map(([, text]) => context.measureText(text).width));
  const ink = getComputedStyle(canvas).color, box = {left: Math.max(54, 28 + widest), right: width - 8, top: 8, bottom: height - 42};
  let [xs, ys] = [[...x], [...y]];
  if (square) {
    const unit = Math.max((xs[1] - xs[0]) / (box.right - box.left), (ys[1] - ys[0]) / (box.bottom - box.top));
    const widen = (range, pixels) => { const middle = (range[0] + range[1]) / 2, half = unit * pixels / 2; return [middle - half, middle + half]; };
    xs = widen(xs, box.right - box.left);
    ys = widen(ys, box.bottom - box.top);
  }
  const place = (value, [low, high], log) => log ? (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))
    : (value - low) / (high - low);
  const back = (share, [low, high], log) => log ? low * (high / low) ** share : low + share * (high - low);
  const clamp = pixel => Math.max(-1e4, Math.min(1e4, pixel));
  const toX = value => clamp(box.left + place(value, xs, xLog) * (box.right - box.left));
  const toY = value => clamp(box.bottom - place(value, ys, yLog) * (box.bottom - box.top));
  const inside = action => {
    context.save();
    context.beginPath();
    context.rect(box.left - 1, box.top - 1, box.right - box.left + 2, box.bottom - box.top + 2);
    context.clip();
    action();
    context.restore();
  };
  const stroke = (colour, thick, dash) => {
    context.strokeStyle = COLOURS[colour] ?? (colour === "ink" ? ink : colour);
    context.lineWidth = thick;
    context.setLineDash(dash === "dash" ? [7, 5] : dash === "dot" ? [2, 4] : []);
  };
  const axis = isX => {
    for (const [value, text] of isX ? letters(xs, xLog) : letters(ys, yLog)) {
      const pixel = isX ? toX(value) : toY(value);
      context.globalAlpha = 0.15;
      stroke("ink", 1);
      context.beginPath();
      context.moveTo(isX ? pixel : box.left, isX ? box.top : pixel);
      context.lineTo(isX ? pixel : box.right, isX ? box.bottom : pixel);
      context.stroke();
      context.globalAlpha = 0.8;
      context.fillStyle = ink;
      context.textAlign = isX ? "center" : "right";
      context.textBaseline = isX ? "top" : "middle";
      const inside = Math.min(pixel, width - context.measureText(text).width / 2);  // A long last letter would be cut.
      context.fillText(text, isX ? inside : box.left - 5, isX ? box.bottom + 5 : pixel);
    }
    context.globalAlpha = 1;
  };
  axis(true);
  axis(false);
  context.fillStyle = ink;
  context.textAlign = "center";
  context.textBaseline = "bottom";
  context.fillText(xName, (box.left + box.right) / 2, height - 2);
  context.save();
  context.translate(12, (box.top + box.bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = "middle";
  context.fillText(yName, 0, 0);
  context.restore();
  stroke("ink", 1);
  context.strokeRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  const result = {context, toX, toY, x: xs, y: ys, box,
    fromX: pixel => back((pixel - box.left) / (box.right - box.left), xs, xLog),
    fromY: pixel => back((box.bottom - pixel) / (box.bottom - box.top), ys, yLog),
    // A line through points; where one of them is no number, the line has a gap.
    line: (px, py, colour, thick = 2, dash = "") => inside(() => {
      stroke(colour, thick, dash);
      context.beginPath();
      let pen = false;
      for (let i = 0; i < px.length; i++) {
        const isGap = !Number.isFinite(px[i]) || Number.isNaN(py[i]) || (yLog && py[i] <= 0);
        if (isGap) { pen = false; continue; }
        if (pen) context.lineTo(toX(px[i]), toY(py[i])); else context.moveTo(toX(px[i]), toY(py[i]));
        pen = true;
      }
      context.stroke();
      context.setLineDash([]);
    }),
    // Dots that stand within the axes, or on them: none is cut.
    dots: (px, py, colour, radius = 4, hollow = false) => {
      stroke(colour, 2);
      context.fillStyle = context.strokeStyle;
      for (let i = 0; i < px.length; i++) {
        const [at, up] = [toX(px[i]), toY(py[i])];
        if (!(at >= box.left - 1 && at <= box.right + 1 && up >= box.top - 1 && up <= box.bottom + 1)) continue;
        context.beginPath();
        context.arc(at, up, radius, 0, 2 * Math.PI);
        hollow ? context.stroke() : context.fill();
      }
    },
    area: (x0, x1, y0, y1, colour, strength = 0.15) => inside(() => {
      context.globalAlpha = strength;
      context.fillStyle = COLOURS[colour] ?? colour;
      context.fillRect(toX(x0), toY(y1), toX(x1) - toX(x0), toY(y0) - toY(y1));
      context.globalAlpha = 1;
    }),
    text: (value, px, py, align = "left", colour = "ink") => {
      context.fillStyle = COLOURS[colour] ?? ink;
      context.textAlign = align;
      context.textBaseline = "middle";
      context.fillText(value, toX(px), toY(py));
    },
    arrow: (x0, y0, x1, y1, colour, thick = 2) => inside(() => {
      const [ax, ay, bx, by] = [toX(x0), toY(y0), toX(x1), toY(y1)], turn = Math.atan2(by - ay, bx - ax);
      stroke(colour, thick);
      context.beginPath();
      context.moveTo(ax, ay);
      context.lineTo(bx, by);
      for (const side of [-0.45, 0.45]) {
        context.moveTo(bx, by);
        context.lineTo(bx - 9 * Math.cos(turn + side), by - 9 * Math.sin(turn + side));
      }
      context.stroke();
    })};
  result.upright = (value, colour, dash = "", thick = 2) => result.line([value, value], ys, colour, thick, dash);
  result.level = (value, colour, dash = "", thick = 2) => result.line(xs, [value, value], colour, thick, dash);
  return result;
};

// Dragging on a panel, with mouse, pen or finger: `move(x, y)` in the coordinates of the plane drawn last.
const draggable = (board, current, move) => {
  const {canvas} = board;
  canvas.classList.add("dragged");
  const act = event => {
    const rectangle = canvas.getBoundingClientRect(), drawn = current();
    move(drawn.fromX(event.clientX - rectangle.left), drawn.fromY(event.clientY - rectangle.top));
  };
  canvas.addEventListener("pointerdown", event => { canvas.setPointerCapture(event.pointerId); act(event); });
  canvas.addEventListener("pointermove", event => { if (canvas.hasPointerCapture(event.pointerId)) act(event); });
};
