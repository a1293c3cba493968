// What all that shows the colour organ shares: its lamps, when one is on, and the cut-off of a resistor.
const ON = Math.SQRT1_2;
// Each filter: its name, the tones that it lets through, and its colour.
const LAMPS = [["low pass", "low", "red"], ["band pass", "middle", "green"], ["high pass", "high", "blue"]];

// The cut-off of a resistor; and the resistor of a cut-off, for the formula is its own inverse.
export const cutoff = (ohm, farad) => 1 / (2 * Math.PI * ohm * farad);
