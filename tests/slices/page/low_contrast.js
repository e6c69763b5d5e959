// Lists what is visible and of too little contrast (WCAG 2.2, 1.4.3 and 1.4.11).
const parse = (color) => color.match(/[\d.]+/g).map(Number);
const light = (rgb) => {
  const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (one, two) => {
  const [dark, bright] = [light(one), light(two)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
};
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor);
    if (a > 0) return [r, g, b];
  }
  return [255, 255, 255];
};
const found = [];
const check = (element, pseudo, property, least, behind) => {
  const value = ratio(parse(getComputedStyle(element, pseudo)[property]).slice(0, 3), ground(behind));
  if (value < least) found.push(`${element.outerHTML.slice(0, 80)} ${property} ${value.toFixed(2)}`);
};
for (const element of document.querySelectorAll("body *")) {
  if (!element.checkVisibility() || element.matches(".hidden, .hidden *")) continue;
  const written = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const field = element.matches("[type=text], [type=password], textarea");
  if (written || field) check(element, null, "color", 4.5, element);
  if (field) check(element, "::placeholder", "color", 4.5, element);
  if (field) check(element, null, "borderTopColor", 3, element.parentElement);
  if (element.matches(".meter i")) check(element, null, "backgroundColor", 3, element.closest("button"));
}
return found;
