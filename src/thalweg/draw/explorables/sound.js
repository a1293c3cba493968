// Sound through the three learned filters, first order as the circuit is: samples in, levels of the lamps out. No sound card.
const WINDOW = 2048, HOP = WINDOW / 2, QUIET = 1e-3, LOUDEST = 100;
const MOST_BYTES = 20e6, MOST_SECONDS = 600, LEAST_SECONDS = 0.1, MOST_CHANNELS = 8;

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

// The sum of squares of samples; and how much of a sound comes through, by such sums over `count` samples: nothing of silence.
export const energy = x => x.reduce((sum, each) => sum + each * each, 0);
export const share = (part, whole, count) => whole > count * QUIET ** 2 ? Math.sqrt(part / whole) : 0;

// What each lamp's filter lets through of all channels, over the last 2048 samples, worked out piece by piece: `hear(n)` goes on
// by n pieces of 1024 samples. Channels are heard one by one, so that none cancels another.
export const hearing = (channels, rate, cuts) => {
  const ears = channels.map(() => bank(cuts, rate).map(sections => sections.map(([b, a]) => ({b, a, before: 0, last: 0}))));
  const found = {t: [], levels: LAMPS.map(() => []), done: channels[0].length < HOP};
  const pieces = [new Float64Array(HOP), new Float64Array(HOP)];
  const pass = (x, y, ear) => {
    const {b: [b0, b1], a: [, a1]} = ear;
    let {before, last} = ear;
    for (let i = 0; i < HOP; i++) {
      last = b0 * x[i] + b1 * before - a1 * last;
      before = x[i];
      y[i] = last;
    }
    Object.assign(ear, {before, last});
    return y;
  };
  let at = 0, old = [0, 0, 0, 0], heard = 0;
  const step = () => {
    const sums = [0, 0, 0, 0];
    channels.forEach((channel, c) => {
      const x = channel.subarray(at, at + HOP);
      sums[0] += energy(x);
      ears[c].forEach((sections, i) => {
        sums[i + 1] += energy(sections.reduce((piece, ear, k) => pass(piece, pieces[k], ear), x));
      });
    });
    at += HOP;
    const [whole, ...parts] = sums.map((sum, i) => sum + old[i]), count = channels.length * (HOP + heard);
    [old, heard] = [sums, HOP];
    found.t.push(at / rate);
    parts.forEach((part, i) => found.levels[i].push(share(part, whole, count)));
    found.done = at + HOP > channels[0].length;
  };
  return Object.assign(found, {hear: most => { for (let k = 0; k < most && !found.done; k++) step(); }});
};

// Each lamp's level over time, all at once.
export const levels = (samples, rate, cuts) => {
  const found = hearing([samples], rate, cuts);
  found.hear(Infinity);
  return found;
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
export const refusal = ({type, size, duration = 0, channels = 1}) => {
  if (size === 0) return "The file is empty.";
  if (!type.startsWith("audio/")) return `Need a sound file (audio/…), got ${type || "a file of no known type"}.`;
  if (size > MOST_BYTES) return `Need at most 20 MB, got ${short(size / 1e6, 9)} MB.`;
  if (duration > MOST_SECONDS) return `Need at most 10 minutes, got ${short(duration / 60)}.`;
  if (duration > 0 && duration < LEAST_SECONDS) return `Need at least ${LEAST_SECONDS} s of sound, got ${short(1000 * duration, 5)} ms.`;
  if (channels > MOST_CHANNELS) return `Need at most ${MOST_CHANNELS} channels, got ${channels}.`;
  return "";
};

// Why samples are not played, empty if they are; what is louder than full scale, 1, is made as loud as that.
export const settle = channels => {
  let top = 0;
  for (const channel of channels) {
    for (let i = 0; i < channel.length; i++) {
      const size = Math.abs(channel[i]);
      if (!Number.isFinite(size)) return "Need samples that are finite numbers; this file has others.";
      if (size > top) top = size;
    }
  }
  if (top > LOUDEST) return `Need samples of at most ${LOUDEST}, where 1 is full scale, got ${short(top, 6)}.`;
  if (top > 1) for (const channel of channels) for (let i = 0; i < channel.length; i++) channel[i] /= top;
  return "";
};

export const clock = seconds => `${Math.floor(seconds / 60)}:${(Math.floor(seconds * 10 + 1e-6) / 10 % 60).toFixed(1).padStart(4, "0")}`;
