// Elements and numbers.

export const $ = (id) => document.getElementById(id);

/** Makes an element. A function is a listener; false, null and undefined are left out; true is an empty attribute. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

export const number = new Intl.NumberFormat("en");
const oneDigit = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 2 });

export const compact = (n) => (n < 1000 ? String(n) : short.format(n));
export const count = (n, noun) => `${number.format(n)} ${noun}${n === 1 ? "" : "s"}`;
export const milliseconds = (ms) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

export function kilometres(km) {
  return km < 1 ? `${number.format(Math.round(km * 1000))} m` : `${oneDigit.format(km)} km`;
}

/** BUTTON_WORK as Button work. */
export function words(name) {
  const text = name.replaceAll("_", " ").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
