// Prometheus's text format, and what is computed from two readings of it.

const PREFIX = "tailor_frontend_";

/** The series of a text as [{ name, labels, value }], without the names' common prefix. */
export function parse(text) {
  const series = [];
  for (const [, name, labels = "", value] of text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)) {
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, of]) => [label, of]);
    series.push({ name: name.replace(PREFIX, ""), labels: Object.fromEntries(pairs), value: Number(value) });
  }
  return series;
}

const fits = (labels, wanted) => Object.entries(wanted).every(([label, value]) => labels[label] === value);

/** The sum of the series of a name with these labels. */
export function sum(series, name, wanted = {}) {
  return series.filter((each) => each.name === name && fits(each.labels, wanted)).reduce((total, each) => total + each.value, 0);
}

/** How much a counter has grown. */
export const growth = (before, now, name, wanted) => sum(now, name, wanted) - sum(before, name, wanted);

/** A quantile of what a histogram counted between two readings, in its unit; null if it counted nothing. */
export function quantile(before, now, name, wanted, share) {
  const bounds = [...new Set(now.filter((each) => each.name === `${name}_bucket`).map((each) => each.labels.le))];
  const counts = bounds.map((le) => [le === "+Inf" ? Infinity : Number(le), growth(before, now, `${name}_bucket`, { ...wanted, le })]);
  counts.sort(([a], [b]) => a - b);
  const all = counts.at(-1)?.[1] ?? 0;
  if (!(all > 0)) return null;
  const at = counts.findIndex(([, upTo]) => upTo >= share * all);
  const [low, below] = at > 0 ? counts[at - 1] : [0, 0];
  const [high, upTo] = counts[at];
  return high === Infinity ? low : low + ((high - low) * (share * all - below)) / (upTo - below || 1);
}
