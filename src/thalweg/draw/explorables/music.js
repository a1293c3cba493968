// A player of sound through the filters, and three lamps in time with it.
// Python tells ENDS: of every number its default, its least and its largest.
const SHOWN = 12, SLICE = 12;

// The length that a file says it has, in seconds, before it is unpacked; 0 if it does not say.
const lengthOf = file => new Promise((done, fail) => {
  const player = new Audio(), place = URL.createObjectURL(file), end = action => () => { URL.revokeObjectURL(place); action(); };
  player.preload = "metadata";
  player.onloadedmetadata = end(() => done(Number.isFinite(player.duration) ? player.duration : 0));
  player.onerror = end(() => fail(new Error("unread")));
  player.src = place;
});

const channelsOf = buffer => Array.from({length: buffer.numberOfChannels}, (_, c) => buffer.getChannelData(c));

// Three lamps over everything.
const bulbs = frame => {
  const row = make("div", null);
  frame.root.prepend(row);
  row.style.cssText = "display: flex; justify-content: space-around; gap: .5rem; margin: 0 0 .75rem; text-align: center";
  const all = LAMPS.map(([, name, colour]) => {
    const figure = make("figure", row), glass = make("div", figure), told = make("figcaption", figure, {textContent: name});
    glass.style.cssText = "width: clamp(4rem, 18vw, 7rem); aspect-ratio: 1; border-radius: 50%; margin: .75rem auto; border: 3px solid #999";
    return glow => {
      const on = glow > ON;
      glass.style.background = `color-mix(in srgb, ${COLOURS[colour]} ${Math.round(100 * glow ** 2)}%, transparent)`;
      glass.style.borderColor = on ? COLOURS[colour] : COLOURS.grey;
      glass.style.boxShadow = on ? `0 0 ${Math.round(28 * glow)}px ${COLOURS[colour]}` : "none";
      told.textContent = `${name}: ${on ? "on" : "off"}`;
    };
  });
  return glows => all.forEach((show, i) => show(glows[i]));
};

// A file of the visitor's own: asked for, checked, unpacked; `take(buffer, name)` gets it, `refuse(why)` says why it does not.
const files = (frame, context, take, refuse) => {
  const box = make("label", frame.controls, {textContent: "a file of your own (it stays on this machine)"});
  const picker = make("input", box, {type: "file", accept: "audio/*"});
  picker.style.cssText = "grid-column: 1 / 3; font: inherit; padding: .25rem .5rem; min-height: 2.25rem; min-width: 0; max-width: 100%; " +
    "border: 1px solid rgba(128,128,128,.6); border-radius: .5rem; background: transparent; color: inherit";
  const open = async file => {
    const {type, size} = file;
    const early = refusal({type, size}) || refusal({type, size, duration: await lengthOf(file)});
    if (early) return early;
    const found = await context().decodeAudioData(await file.arrayBuffer());
    const late = refusal({type, size, duration: found.duration, channels: found.numberOfChannels}) || settle(channelsOf(found));
    if (!late && picker.files[0] === file) take(found, file.name);
    return late;
  };
  picker.addEventListener("change", async () => {
    const [file] = picker.files, unread = "This file could not be read as sound; WAV, MP3, Ogg or FLAC can be, as far as this browser knows them.";
    const why = file && await open(file).catch(() => unread);
    if (!why || picker.files[0] !== file) return;
    picker.value = "";
    refuse(why);
  });
};

export default {
  render({model, el}) {
    const frame = explorable(model, el), still = matchMedia("(prefers-reduced-motion: reduce)"), light = bulbs(frame);
    const record = panel(frame, "Level of each lamp over time"), curves = panel(frame, "The sound and the filters");
    const nothing = () => ({t: [], levels: LAMPS.map(() => [])}), dark = () => LAMPS.map(() => ({glow: 0, way: 0, since: -1}));
    let context, source, master, taps = [], ended = 0, started = 0, length = 0, live = nothing(), lamps = dark(), told = 0;
    let mode = model.get("sound"), own, ownName = "", taken = 0, foreseen = nothing(), known = "", job = 0, spectrum, sung;
    const state = Object.fromEntries(["hz", "volume", "boost"].map(name => [name, model.get(name)]));
    const set = values => { Object.assign(state, values); frame.send(values); };
    const rate = () => context?.sampleRate ?? 48000;
    const audio = () => (context ??= new AudioContext());
    const cuts = () => model.get("ohm").map(R => cutoff(R, model.get("farad")));
    const now = () => Math.min(length, source ? Math.max(0, context.currentTime - started) : ended);
    const name = () => mode === "file" ? ownName : mode === "tone" ? `one tone of ${short(state.hz)} Hz` : "the page's own tune";

    const song = () => { if (sung?.rate !== rate()) sung = {rate: rate(), sound: tune(rate())}; return sung.sound; };
    // What the lamps will do with the whole sound, in slices of a few milliseconds, so that the page stays awake.
    const foresee = () => {
      length = mode === "tone" ? Infinity : mode === "file" ? own.duration : song().length / rate();
      const key = JSON.stringify([mode, rate(), cuts(), mode === "tone" && state.hz, mode === "file" && taken]);
      if (key === known) return;
      known = key;
      clearTimeout(job);
      if (mode === "tone") {
        const sine = Float32Array.from({length: rate()}, (_, i) => Math.sin(2 * Math.PI * state.hz * i / rate()));
        foreseen = {t: [0, 1e6], levels: levels(sine, rate(), cuts()).levels.map(each => [each.at(-1), each.at(-1)]), done: true};
      } else {
        foreseen = hearing(mode === "file" ? channelsOf(own) : [song()], rate(), cuts());
        const slice = () => {
          for (const end = performance.now() + SLICE; !foreseen.done && performance.now() < end;) foreseen.hear(4);
          frame.redraw();
          if (!foreseen.done) job = setTimeout(slice);
        };
        slice();
      }
      frame.redraw();
    };
    // Every channel of the source through every lamp's filter to analysers of its own; and the source to the ear.
    const wire = () => {
      source.disconnect();
      const channels = source.buffer?.numberOfChannels ?? 1, split = context.createChannelSplitter(channels);
      source.connect(split);
      const listen = (sections, c) => {
        const tap = context.createAnalyser(), nodes = sections.map(([b, a]) => context.createIIRFilter(b, a));
        Object.assign(tap, {fftSize: WINDOW, smoothingTimeConstant: 0});
        [...nodes, tap].reduce((node, next, k) => k ? node.connect(next) : (node.connect(next, c), next), split);
        return tap;
      };
      taps = Array.from({length: channels}, (_, c) => [[], ...bank(cuts(), rate())].map(each => listen(each, c)));
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
    const tell = () => {
      const from = mode !== "tone" && ended > 0 ? `, from ${clock(ended)}` : "";
      frame.say(source ? `Playing ${name()}.` : `Ready to play: ${name()}${from}.`);
    };
    const play = () => {
      stop();
      audio().resume();
      if (!master) { master = context.createGain(); master.connect(context.destination); }
      master.gain.value = state.volume;
      foresee();
      const from = Number.isFinite(length) && ended > length - 0.05 ? 0 : ended;
      if (mode === "tone") source = new OscillatorNode(context, {frequency: state.hz});
      else {
        source = context.createBufferSource();
        source.buffer = own;
        if (mode === "tune") {
          source.buffer = context.createBuffer(1, song().length, rate());
          source.buffer.copyToChannel(song(), 0);
        }
      }
      wire();
      source.onended = () => { stop(); ended = Number.isFinite(length) ? length : ended; frame.say("The sound is over."); };
      started = context.currentTime - from;
      told = context.currentTime;
      [live, lamps] = [nothing(), dark()];
      if (mode === "tone") source.start(); else source.start(0, from);
      player.textContent = "pause";
      tell();
      frame.redraw();
    };
    const pick = value => {
      stop();
      [mode, ended, live] = [value, 0, nothing()];
      chooser.value = value;
      frame.send({sound: mode});
      foresee();
      seeker.input.disabled = mode === "tone";
      Object.assign(seeker.input, {max: mode === "tone" ? 1 : length});
      tell();
      frame.redraw();
    };
    const seek = value => {
      const playing = Boolean(source);
      stop();
      [ended, live] = [value, nothing()];
      if (playing) play(); else tell();
      frame.redraw();
    };

    const player = button(frame, "play", () => { if (source) { stop(); tell(); } else play(); });
    const timer = make("output", frame.controls);
    timer.setAttribute("role", "timer");
    timer.setAttribute("aria-label", "time");
    timer.style.cssText = "font-variant-numeric: tabular-nums; font-weight: 600; font-size: 1.25rem";
    const seeker = slider(frame, {label: "position", low: 0, high: 1, value: 0, step: 0.05, format: clock, change: seek});
    const choosing = make("label", frame.controls, {textContent: "sound"}), chooser = make("select", choosing);
    for (const [value, text] of [["tune", "a tune, then a sweep"], ["tone", "one tone"], ["file", "your own file"]]) {
      make("option", chooser, {value, textContent: text, disabled: value === "file"});
    }
    chooser.addEventListener("change", () => pick(chooser.value));
    const take = (found, title) => {
      [own, ownName, taken] = [found, title, taken + 1];
      chooser.options[2].disabled = false;
      pick("file");
      frame.say(`${title}, ${clock(found.duration)} long, is ready to play; it has not left this machine.`);
    };
    files(frame, audio, take, why => frame.say(`${why} Ready to play is still ${name()}.`));
    const within = name => ({low: ENDS[name][1], high: ENDS[name][2], value: state[name]});
    const tuneTo = hz => {
      set({hz});
      if (mode !== "tone") { pick("tone"); return; }
      if (source) source.frequency.setTargetAtTime(hz, context.currentTime, 0.01);
      foresee();
      tell();
    };
    slider(frame, {label: "frequency of the one tone", ...within("hz"), log: true, format: each => `${short(each)} Hz`,
      change: tuneTo});
    const loudness = volume => { set({volume}); if (master) master.gain.value = volume; };
    slider(frame, {label: "volume", ...within("volume"), step: 0.01, change: loudness});
    slider(frame, {label: "amplifier before the lamps", ...within("boost"), step: 0.1, format: each => `× ${short(each)}`,
      change: boost => { set({boost}); frame.redraw(); }});

    const amplified = level => Math.min(1, state.boost * level);
    const measure = () => {
      const at = context.currentTime, data = new Float32Array(WINDOW);
      const sums = taps.map(channel => channel.map(tap => { tap.getFloatTimeDomainData(data); return energy(data); }));
      const [whole, ...parts] = [0, 1, 2, 3].map(i => sums.reduce((sum, each) => sum + each[i], 0));
      const found = parts.map(part => share(part, whole, taps.length * WINDOW));
      lamps = lamps.map((lamp, i) => calm(lamp, amplified(found[i]), at, at - told, still.matches));
      told = at;
      live.t.push(now());
      found.forEach((each, i) => live.levels[i].push(each));
      if (live.t.length > 1500) for (const each of [live.t, ...live.levels]) each.splice(0, 500);
      spectrum = new Float32Array(taps[0][0].frequencyBinCount).fill(-Infinity);
      for (const [tap] of taps) {
        const one = new Float32Array(spectrum.length);
        tap.getFloatFrequencyData(one);
        one.forEach((each, i) => { if (each > spectrum[i]) spectrum[i] = each; });
      }
    };
    const drawRecord = () => {
      const from = length <= SHOWN + 1 ? 0 : Math.max(0, now() - 0.75 * SHOWN), to = length <= SHOWN + 1 ? length : from + SHOWN;
      const loud = state.boost > 1 ? `, amplified × ${short(state.boost)}` : "";
      const on = plane(record, {x: [from, to], y: [0, 1.05], xName: "time (s)", yName: `level${loud}`});
      on.level(ON, "purple", "dash", 1.5);
      const {t} = foreseen, first = Math.max(0, t.findIndex(each => each >= from) - 1), last = t.findIndex(each => each > to) + 1 || t.length;
      LAMPS.forEach(([,, colour], i) => {
        on.context.globalAlpha = 0.6;
        on.line(t.slice(first, last), foreseen.levels[i].slice(first, last).map(amplified), colour, 5, "dash");
        on.context.globalAlpha = 1;
        on.line(live.t, live.levels[i].map(amplified), colour, 1.5);
      });
      if (now() > 0) on.upright(now(), "ink", "", 1.5);
      const far = foreseen.done ? "" : ` up to ${clock(t.at(-1) ?? 0)} so far`;
      record.legend([...LAMPS.map(([, tones, colour]) => [tones, colour]), [`foreseen${far}`, "grey", "dash"], ["on above 1/√2", "purple", "dash"]]);
      const next = t.findIndex(each => each >= now()), at = next < 0 ? t.length - 1 : next;
      const heard = (levels, place) =>
        LAMPS.map(([, tones], i) => `${tones} ${short(amplified(levels[i].at(place) ?? 0), 2)}`).join(", ");
      const playing = source ? `; as it plays: ${heard(live.levels, -1)}` : "";
      record.words(`what each filter lets through of the sound${loud}, foreseen dashed and as it plays thin upon it; `
        + `foreseen at ${clock(now())}: ${heard(foreseen.levels, at)}${playing}`);
    };
    const over = Array.from({length: 121}, (_, i) => 20 * 1000 ** (i / 120));
    const drawCurves = () => {
      const on = plane(curves, {x: [20, 20000], y: [0, 1.05], xLog: true, xName: "frequency (Hz)", yName: "gain; sound"});
      let loudest = "";
      if (source && spectrum) {
        const sound = Array.from(spectrum, each => 10 ** (each / 20)), top = Math.max(1e-4, ...sound);
        const places = sound.map((_, i) => Math.max(20, i * rate() / WINDOW));
        on.line(places, sound.map(each => each / top), "grey", 1.5);
        loudest = `; the sound is loudest at ${short(places[sound.indexOf(Math.max(...sound))])} Hz`;
      }
      on.level(ON, "purple", "dash", 1.5);
      bank(cuts(), rate()).forEach((each, i) => on.line(over, over.map(f => response(each, f, rate())), LAMPS[i][2], 2.5));
      curves.legend([...LAMPS.map(([filter,, colour]) => [filter, colour]), ["the sound now", "grey"]]);
      const [low, bandLow, bandHigh, high] = cuts().map(each => `${short(each)} Hz`);
      curves.words(`gain of the three filters over frequency; cut-offs: low pass ${low}, band pass ${bandHigh} and ${bandLow}, `
        + `high pass ${high}; while it plays, the sound's spectrum${loudest}`);
    };
    frame.onDraw(() => {
      if (source) { measure(); frame.redraw(); }
      timer.textContent = Number.isFinite(length) ? `${clock(now())} of ${clock(length)}` : clock(now());
      seeker.show(mode === "tone" ? 0 : now());
      light(lamps.map(lamp => source ? lamp.glow : 0));
      drawRecord();
      drawCurves();
      Object.assign(frame.root.dataset, {clock: now().toFixed(3), levels: JSON.stringify(live.levels.map(each => each.at(-1) ?? 0))});
    });
    let soon = 0;  // Resistors may come many times a second, while somebody drags; foreseeing the sound can wait.
    const change = () => { if (source) wire(); clearTimeout(soon); soon = setTimeout(foresee, 200); frame.redraw(); };
    for (const each of ["ohm", "farad"]) model.on(`change:${each}`, change);
    pick(mode === "tone" ? "tone" : "tune");
    return () => { clearTimeout(soon); clearTimeout(job); stop(); context?.close(); frame.close(); };
  },
};
