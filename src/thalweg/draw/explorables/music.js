// Sound through the three learned filters, first order as the circuit is, and three lamps in time with it.
const ON = Math.SQRT1_2;
const LAMPS = [["low", "red"], ["middle", "green"], ["high", "blue"]];
const WINDOW = 2048, QUIET = 1e-3, MOST_BYTES = 20e6, MOST_SECONDS = 600, FORESEEN = 60, SHOWN = 12;

// The cut-offs in Hz of four resistors: low pass, the band pass's low-pass and high-pass stage, high pass.
export const corners = (ohm, farad) => ohm.map(R => 1 / (2 * Math.PI * R * farad));

// A first-order section [b, a] for sampled sound, by the bilinear transform that keeps the cut-off where it is.
export const section = (kind, corner, rate) => {
  const k = Math.tan(Math.PI * Math.min(corner, 0.49 * rate) / rate), a = [1, (k - 1) / (k + 1)];
  return [kind === "low" ? [k / (1 + k), k / (1 + k)] : [1 / (1 + k), -1 / (1 + k)], a];
};

// The sections of each lamp's filter, one after the other.
export const bank = ([low, bandLow, bandHigh, high], rate) => [
  [section("low", low, rate)], [section("low", bandLow, rate), section("high", bandHigh, rate)], [section("high", high, rate)]];

// The gain of sections at a frequency.
export const response = (sections, hz, rate) => sections.reduce((product, [b, a]) => {
  const turn = 2 * Math.PI * hz / rate, c = Math.cos(turn), s = Math.sin(turn);
  return product * Math.hypot(b[0] + b[1] * c, b[1] * s) / Math.hypot(a[0] + a[1] * c, a[1] * s);
}, 1);

export const filtered = (samples, sections) => sections.reduce((x, [b, a]) => {
  const y = new Float32Array(x.length);
  for (let i = 0, before = 0, last = 0; i < x.length; i++) {
    last = b[0] * x[i] + b[1] * before - a[1] * last;
    before = x[i];
    y[i] = last;
  }
  return y;
}, samples);

// Root mean square of the samples from one place to another; and how much of a sound comes through, nothing of silence.
export const strength = (x, from = 0, to = x.length) => {
  let sum = 0;
  for (let i = from; i < to; i++) sum += x[i] * x[i];
  return Math.sqrt(sum / Math.max(1, to - from));
};
export const share = (part, whole) => whole > QUIET ? part / whole : 0;

// Each lamp's level over time, without any sound card: what its filter lets through of the last 2048 samples.
export const levels = (samples, rate, cuts) => {
  const passed = bank(cuts, rate).map(each => filtered(samples, each)), hop = Math.round(rate / 40), t = [], found = LAMPS.map(() => []);
  for (let end = hop; end <= samples.length; end += hop) {
    const begin = Math.max(0, end - WINDOW), whole = strength(samples, begin, end);
    t.push(end / rate);
    passed.forEach((each, i) => found[i].push(share(strength(each, begin, end), whole)));
  }
  return {t, levels: found};
};

// A lamp's glow, calm: it follows the level, but turns round at most six times a second (twice where motion is unwelcome),
// which is three flashes. `lamp` is {glow, way, since}.
export const calm = (lamp, level, now, past, still = false) => {
  const way = Math.sign(level - lamp.glow), turns = way !== 0 && way !== lamp.way;
  if (turns && now - lamp.since < (still ? 0.5 : 1 / 6)) return lamp;
  const glow = level + (lamp.glow - level) * Math.exp(-past / (still ? 0.4 : 0.08));
  return turns ? {glow, way, since: now} : {...lamp, glow};
};

// A tune of the page's own: low, middle and high notes, then together, then everything from 80 Hz to 12 kHz.
const NOTES = [[110], [165], [220], [330], [1320], [1760], [2200], [2640], [6600], [7920], [8800], [10560], [110, 1760], [165, 7920],
  [2200, 8800], [110, 1760, 7920], []];
const BEAT = 0.4, SWEEP = 5;
export const tune = rate => {
  const beat = Math.round(BEAT * rate), long = Math.round(SWEEP * rate), sound = new Float32Array(NOTES.length * beat + long);
  const fade = (i, all) => Math.min(1, i / (0.01 * rate), (all - i) / (0.05 * rate));
  NOTES.forEach((chord, place) => chord.forEach(hz => {
    for (let i = 0; i < beat; i++) sound[place * beat + i] += 0.25 * fade(i, beat) * Math.sin(2 * Math.PI * hz * i / rate);
  }));
  const growth = Math.log(12000 / 80) / SWEEP, turns = 2 * Math.PI * 80 / growth;
  for (let i = 0; i < long; i++) {
    sound[NOTES.length * beat + i] = 0.25 * fade(i, long) * Math.sin(turns * (Math.exp(growth * i / rate) - 1));
  }
  return sound;
};

// Why a file is not played; empty if it is. A length of 0 is one that is not yet known.
export const refusal = ({type, size, duration = 0}) => {
  if (!type.startsWith("audio/")) return `Need a sound file (audio/…), got ${type || "a file of no known type"}.`;
  if (size > MOST_BYTES) return `Need at most 20 MB, got ${short(size / 1e6)} MB.`;
  if (duration > MOST_SECONDS) return `Need at most 10 minutes, got ${short(duration / 60)}.`;
  return "";
};

export const clock = seconds => `${Math.floor(seconds / 60)}:${(Math.floor(seconds * 10) / 10 % 60).toFixed(1).padStart(4, "0")}`;

// The length that a file says it has, in seconds, before it is unpacked; 0 if it does not say.
const lengthOf = file => new Promise((done, fail) => {
  const player = new Audio(), place = URL.createObjectURL(file), end = action => () => { URL.revokeObjectURL(place); action(); };
  player.preload = "metadata";
  player.onloadedmetadata = end(() => done(Number.isFinite(player.duration) ? player.duration : 0));
  player.onerror = end(() => fail(new Error("unread")));
  player.src = place;
});

// All channels of a buffer as one, as far as levels are foreseen.
const mono = buffer => {
  const count = Math.min(buffer.length, FORESEEN * buffer.sampleRate), sum = new Float32Array(count);
  for (let c = 0; c < buffer.numberOfChannels; c++) {
    const channel = buffer.getChannelData(c);
    for (let i = 0; i < count; i++) sum[i] += channel[i] / buffer.numberOfChannels;
  }
  return sum;
};

export default {
  render({model, el}) {
    const frame = explorable(model, el), still = matchMedia("(prefers-reduced-motion: reduce)");
    const bulbs = make("div", frame.root);
    frame.root.prepend(bulbs);
    bulbs.style.cssText = "display: flex; justify-content: space-around; gap: .5rem; margin: 0 0 .75rem; text-align: center";
    const shown = LAMPS.map(([name]) => {
      const figure = make("figure", bulbs), glass = make("div", figure), told = make("figcaption", figure, {textContent: name});
      glass.style.cssText = "width: clamp(4rem, 18vw, 7rem); aspect-ratio: 1; border-radius: 50%; margin: .75rem auto; border: 3px solid #999";
      return {glass, told};
    });
    const record = panel(frame, "Level of each lamp over time"), curves = panel(frame, "The sound and the filters");
    let context, source, master, taps = [], ended = 0, started = 0, length = 0, live = {t: [], levels: LAMPS.map(() => [])};
    let mode = "tune", own, ownName = "", hz = 440, volume = 0.3, boost = 1, lamps = LAMPS.map(() => ({glow: 0, way: 0, since: -1})), told = 0;
    let foreseen = {t: [], levels: LAMPS.map(() => [])}, spectrum, sung;
    const rate = () => context?.sampleRate ?? 48000;
    const cuts = () => corners(model.get("ohm"), model.get("farad"));
    const now = () => source ? Math.max(0, context.currentTime - started) : ended;

    const song = () => { if (sung?.rate !== rate()) sung = {rate: rate(), sound: tune(rate())}; return sung.sound; };
    const foresee = () => {
      const steady = () => levels(Float32Array.from({length: rate()}, (_, i) => Math.sin(2 * Math.PI * hz * i / rate())), rate(), cuts());
      if (mode === "tone") {
        const last = steady().levels.map(each => each.at(-1));
        foreseen = {t: [0, 1e6], levels: last.map(each => [each, each])};
      } else foreseen = levels(mode === "file" ? mono(own) : song(), rate(), cuts());
      length = mode === "tone" ? Infinity : mode === "file" ? own.duration : NOTES.length * BEAT + SWEEP;
      frame.redraw();
    };
    // The source through every lamp's filter to an analyser; and to the ear.
    const wire = () => {
      source.disconnect();
      const listen = sections => {
        const tap = context.createAnalyser();
        Object.assign(tap, {fftSize: WINDOW, smoothingTimeConstant: 0});
        sections.reduce((node, [b, a]) => node.connect(context.createIIRFilter(b, a)), source).connect(tap);
        return tap;
      };
      taps = [[], ...bank(cuts(), rate())].map(listen);
      source.connect(master);
    };
    const stop = () => {
      if (!source) return;
      ended = now();
      source.onended = null;
      source.stop();
      source.disconnect();
      source = undefined;
      player.textContent = "play";
      frame.redraw();
    };
    const play = () => {
      stop();
      context ??= new AudioContext();
      context.resume();
      if (!master) { master = context.createGain(); master.connect(context.destination); }
      master.gain.value = volume;
      foresee();
      if (mode === "tone") source = Object.assign(new OscillatorNode(context, {frequency: hz}));
      else {
        source = context.createBufferSource();
        source.buffer = own;
        if (mode === "tune") {
          source.buffer = context.createBuffer(1, song().length, rate());
          source.buffer.copyToChannel(song(), 0);
        }
      }
      wire();
      source.onended = stop;
      started = context.currentTime;
      told = started;
      live = {t: [], levels: LAMPS.map(() => [])};
      lamps = LAMPS.map(() => ({glow: 0, way: 0, since: -1}));
      source.start();
      player.textContent = "stop";
      frame.say(`Playing ${mode === "file" ? ownName : mode === "tone" ? "one tone" : "the page's own tune"}.`);
      frame.redraw();
    };
    const pick = value => { stop(); mode = value; ended = 0; live = {t: [], levels: LAMPS.map(() => [])}; chooser.value = value; foresee(); };
    const open = async file => {
      if (!file) return;
      stop();
      try {
        const early = refusal(file) || refusal({type: file.type, size: file.size, duration: await lengthOf(file)});
        if (early) { frame.say(early); return; }
        context ??= new AudioContext();
        const found = await context.decodeAudioData(await file.arrayBuffer());
        const late = refusal({type: file.type, size: file.size, duration: found.duration});
        if (late) { frame.say(late); return; }
        [own, ownName] = [found, file.name];
        chooser.options[2].disabled = false;
        pick("file");
        frame.say(`${file.name}, ${clock(found.duration)} long, is ready to play; it has not left this machine.`);
      } catch {
        frame.say("This file could not be read as sound; WAV, MP3, Ogg or FLAC can be, as far as this browser knows them.");
      }
    };

    const player = button(frame, "play", () => source ? stop() : play());
    const timer = make("output", frame.controls);
    timer.setAttribute("role", "timer");
    timer.style.cssText = "font-variant-numeric: tabular-nums; font-weight: 600; font-size: 1.25rem";
    const choice = make("label", frame.controls, {textContent: "sound"}), chooser = make("select", choice);
    for (const [value, text] of [["tune", "a tune, then a sweep"], ["tone", "one tone"], ["file", "your own file"]]) {
      make("option", chooser, {value, textContent: text, disabled: value === "file"});
    }
    chooser.addEventListener("change", () => pick(chooser.value));
    const box = make("label", frame.controls, {textContent: "a file of your own (it stays on this machine)"});
    const picker = make("input", box, {type: "file", accept: "audio/*"});
    picker.addEventListener("change", () => open(picker.files[0]));
    for (const each of [chooser, picker]) each.style.cssText = "grid-column: 1 / 3; font: inherit; padding: .25rem .5rem; " +
      "min-height: 2.25rem; min-width: 0; max-width: 100%; border: 1px solid rgba(128,128,128,.6); border-radius: .5rem; background: transparent";
    slider(frame, {label: "frequency of the one tone", low: 40, high: 12000, value: hz, log: true, format: each => `${short(each)} Hz`, change: value => {
      hz = value;
      if (mode !== "tone") pick("tone");
      if (source) source.frequency.setTargetAtTime(hz, context.currentTime, 0.01);
      foresee();
    }});
    slider(frame, {label: "volume", low: 0, high: 1, value: volume, step: 0.01, change: value => { volume = value; if (master) master.gain.value = value; }});
    slider(frame, {label: "amplifier before the lamps", low: 1, high: 10, value: boost, step: 0.1, format: each => `× ${short(each)}`,
      change: value => { boost = value; frame.redraw(); }});

    const measure = () => {
      const at = context.currentTime, data = new Float32Array(WINDOW);
      const [whole, ...parts] = taps.map(tap => { tap.getFloatTimeDomainData(data); return strength(data); });
      const found = parts.map(part => share(part, whole));
      lamps = lamps.map((lamp, i) => calm(lamp, Math.min(1, boost * found[i]), at, at - told, still.matches));
      told = at;
      live.t.push(now());
      found.forEach((each, i) => live.levels[i].push(each));
      if (live.t.length > 1500) for (const each of [live.t, ...live.levels]) each.splice(0, 500);
      spectrum = new Float32Array(taps[0].frequencyBinCount);
      taps[0].getFloatFrequencyData(spectrum);
    };
    const drawLamps = () => LAMPS.forEach(([name, colour], i) => {
      const glow = source ? lamps[i].glow : 0, {glass, told} = shown[i], on = glow > ON;
      glass.style.background = `color-mix(in srgb, ${COLOURS[colour]} ${Math.round(100 * glow ** 2)}%, transparent)`;
      glass.style.borderColor = on ? COLOURS[colour] : COLOURS.grey;
      glass.style.boxShadow = on ? `0 0 ${Math.round(28 * glow)}px ${COLOURS[colour]}` : "none";
      told.textContent = `${name}: ${on ? "on" : "off"}`;
    });
    const drawRecord = () => {
      const from = length <= SHOWN + 1 ? 0 : Math.max(0, now() - 0.75 * SHOWN), to = length <= SHOWN + 1 ? length : from + SHOWN;
      const on = plane(record, {x: [from, to], y: [0, 1.05], xName: "time (s)", yName: "level"});
      on.level(ON, "purple", "dash", 1.5);
      const {t} = foreseen, first = Math.max(0, t.findIndex(each => each >= from) - 1), last = t.findIndex(each => each > to) + 1 || t.length;
      LAMPS.forEach(([, colour], i) => {
        on.context.globalAlpha = 0.4;
        on.line(t.slice(first, last), foreseen.levels[i].slice(first, last), colour, 5, "dash");
        on.context.globalAlpha = 1;
        on.line(live.t, live.levels[i], colour, 1.5);
      });
      if (now() > 0) on.upright(now(), "ink", "", 1.5);
      record.legend([...LAMPS.map(([name, colour]) => [name, colour]), ["dashed: foreseen", "grey", "dash"], ["on above 1/√2", "purple", "dash"]]);
      record.words("what each filter lets through of the sound, foreseen dashed and as it plays thin upon it");
    };
    const drawCurves = () => {
      const on = plane(curves, {x: [20, 20000], y: [0, 1.05], xLog: true, xName: "frequency (Hz)", yName: "gain; sound"});
      if (source && spectrum) {
        const sound = Array.from(spectrum, each => 10 ** (each / 20)), top = Math.max(1e-4, ...sound);
        const places = sound.map((_, i) => Math.max(20, i * rate() / WINDOW));
        on.line(places, sound.map(each => each / top), "grey", 1.5);
      }
      on.level(ON, "purple", "dash", 1.5);
      const over = Array.from({length: 121}, (_, i) => 20 * 1000 ** (i / 120));
      bank(cuts(), rate()).forEach((each, i) => on.line(over, over.map(f => response(each, f, rate())), LAMPS[i][1], 2.5));
      curves.legend([...LAMPS.map(([name, colour]) => [name, colour]), ["the sound now", "grey"]]);
      curves.words(`gain of the three filters over frequency; cut-offs ${cuts().map(each => `${short(each)} Hz`).join(", ")}; while it plays, the sound's spectrum`);
    };
    frame.onDraw(() => {
      if (source) { measure(); frame.redraw(); }
      timer.textContent = Number.isFinite(length) ? `${clock(now())} of ${clock(length)}` : clock(now());
      drawLamps();
      drawRecord();
      drawCurves();
      Object.assign(frame.root.dataset, {clock: now().toFixed(3), levels: JSON.stringify(live.levels.map(each => each.at(-1) ?? 0))});
    });
    let soon = 0;  // Resistors may come many times a second, while somebody drags; foreseeing the sound can wait.
    const change = () => { if (source) wire(); clearTimeout(soon); soon = setTimeout(foresee, 200); frame.redraw(); };
    for (const each of ["ohm", "farad"]) model.on(`change:${each}`, change);
    foresee();
    frame.say("Nothing plays yet.");
    return () => { clearTimeout(soon); stop(); context?.close(); frame.close(); };
  },
};
